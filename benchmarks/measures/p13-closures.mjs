import { limit } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { check, keepInFlight } from '../harness/in-flight.mjs';
import { median } from '../harness/statistics.mjs';

const WITHIN = 0.9;
const SLICES = 20;
const WARM_UP_SLICES = 2;

export const measure = {
  id: 'P13',
  title: 'Closure with captured variables',
  note: '`submit` of a new closure: the time until it returns. Then one closure over and over against a named function, in turns.',
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

async function duration(submit, count) {
  const start = performance.now();
  await keepInFlight(submit, 512, count);
  return performance.now() - start;
}

/**
 * Calls a second of each of two ways, taken in turns: slices of the same number, each way first as often as the other; the median slice counts.
 * One after the other, what came before (garbage, a pool that gets up to speed) would be counted against the first.
 */
async function compare(ways, count) {
  const times = ways.map(() => []);
  for (let slice = -WARM_UP_SLICES; slice < SLICES; slice++) {
    for (const way of slice % 2 === 0 ? [0, 1] : [1, 0]) {
      const time = await duration(ways[way], count / SLICES);
      if (slice >= 0) times[way].push(time);
    }
  }
  return times.map((slices) => (count / SLICES / median(slices)) * 1000);
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
    const [seen, named] = await compare([(i) => executor.submit(closure, i), (i) => pool.run('double', i)], shape.seen);
    return { value: median(samples), seen, named, share: seen / named };
  },
};
