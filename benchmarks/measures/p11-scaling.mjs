import { THREAD_POOLS } from '../candidates/index.mjs';
import { limit } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { keepInFlight } from '../harness/in-flight.mjs';

export const measure = {
  id: 'P11',
  title: 'CPU-bound job: 2 workers against 1',
  note: 'The same jobs on a pool of one and on a pool of two, one after the other in each round.',
  candidates: [...THREAD_POOLS, 'bare', 'python-threads', 'python-processes'],
  shapes: (quick) => [
    {
      name: '2 against 1',
      jobs: quick ? 4 : 12,
      burn: quick ? 1e5 : 8e6,
      rounds: quick ? 1 : 5,
      warmUp: quick ? 0 : 1,
    },
  ],
  format: { value: FORMATS.times, one: FORMATS.ms, two: FORMATS.ms },
  labels: { value: 'gain', one: '1 worker', two: '2 workers' },
  bars: [limit({ text: '≥ 1.9 × one', better: 'higher', limit: 1.9, format: FORMATS.times })],
};

export const inChild = {
  async open(candidate) {
    return { one: await candidate.open({ workers: 1 }), two: await candidate.open({ workers: 2 }) };
  },
  async round({ one, two }, shape) {
    const time = async (pool) => {
      const start = performance.now();
      await keepInFlight(() => pool.run('burn', shape.burn), shape.jobs, shape.jobs);
      return performance.now() - start;
    };
    const alone = await time(one);
    const both = await time(two);
    return { value: alone / both, one: alone, two: both };
  },
  close: ({ one, two }) => Promise.all([one.close(), two.close()]),
};
