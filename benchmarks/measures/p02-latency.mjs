import { THREAD_POOLS } from '../candidates/index.mjs';
import { against } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { check } from '../harness/in-flight.mjs';
import { quantile } from '../harness/statistics.mjs';

export const measure = {
  id: 'P2',
  title: 'One in flight: from submit to result',
  candidates: [...THREAD_POOLS, 'bare', 'bare-in-order', 'knitting', 'python-threads'],
  shapes: (quick) => [
    { name: '1 worker', workers: 1, count: quick ? 100 : 8000, rounds: quick ? 1 : 5, warmUp: quick ? 0 : 1 },
  ],
  format: { value: FORMATS.microseconds, p99: FORMATS.microseconds },
  labels: { value: 'p50', p99: 'p99' },
  bars: [
    against({ text: 'p50 ≤ 0.5 × the best peer', groups: ['peer', 'tuned'], better: 'lower', limit: 0.5 }),
    against({
      text: 'p50 level with knitting on Node 24',
      groups: ['knitting'],
      better: 'lower',
      limit: 1,
    }),
  ],
};

export const inChild = {
  async round(pool, shape) {
    const samples = new Float64Array(shape.count);
    for (let i = 0; i < shape.count; i++) {
      const start = performance.now();
      const value = await pool.run('empty', i);
      samples[i] = (performance.now() - start) * 1000;
      check('empty', i, value);
    }
    return { value: quantile(samples, 0.5), p99: quantile(samples, 0.99) };
  },
};
