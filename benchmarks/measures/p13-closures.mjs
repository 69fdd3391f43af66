import { limit } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { check, keepInFlight } from '../harness/in-flight.mjs';
import { median } from '../harness/statistics.mjs';

const WITHIN = 0.9;

export const measure = {
  id: 'P13',
  title: 'Closure with captured variables',
  note: '`submit` of a new closure: the time until it returns. Then one closure over and over against a named function.',
  candidates: ['offloop'],
  shapes: (quick) => [
    {
      name: '1 worker',
      workers: 1,
      fresh: quick ? 20 : 500,
      seen: quick ? 500 : 100_000,
      rounds: quick ? 1 : 5,
      warmUp: quick ? 0 : 1,
    },
  ],
  format: {
    value: FORMATS.microseconds,
    seen: FORMATS.perSecond,
    named: FORMATS.perSecond,
    share: (value) => `${(value * 100).toFixed(0)} %`,
  },
  labels: { value: 'new closure', seen: 'seen before', named: 'named function', share: 'seen / named' },
  bars: [
    limit({ text: 'new each time: ≤ 250 µs', better: 'lower', limit: 250, format: FORMATS.microseconds }),
    limit({
      text: 'seen before: within 10 % of a named function',
      better: 'higher',
      limit: WITHIN,
      field: 'share',
      format: (value) => `${(value * 100).toFixed(0)} %`,
    }),
  ],
};

function closureOver(offset, scale) {
  return (x) => x * scale + offset;
}

async function throughput(submit, count) {
  const start = performance.now();
  await keepInFlight(submit, 512, count);
  return (count / (performance.now() - start)) * 1000;
}

export const inChild = {
  async round(pool, shape) {
    const { executor } = pool;
    const samples = new Float64Array(shape.fresh);
    for (let i = 0; i < shape.fresh; i++) {
      const fn = closureOver(i, 2);
      const start = performance.now();
      const future = executor.submit(fn, 1);
      samples[i] = (performance.now() - start) * 1000;
      check('closure', 2 + i, await future);
    }
    const closure = closureOver(1, 2);
    const seen = await throughput((i) => executor.submit(closure, i), shape.seen);
    const named = await throughput((i) => pool.run('double', i), shape.seen);
    return { value: median(samples), seen, named, share: seen / named };
  },
};
