import { THREAD_POOLS } from '../candidates/index.mjs';
import { against } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { check, keepInFlight, sumBelow } from '../harness/in-flight.mjs';

const ITEMS = 1_000_000;
const PEER_ITEMS = 15_000;

export const measure = {
  id: 'P4',
  title: '`map` over 1 000 000 numbers',
  note:
    'Ours: `for await (… of pool.map(double, numbers))`. Only poolifier (`mapExecute`) and Python (`map`, with `chunksize`' +
    ' for processes) have a way of their own; for the others it is `run` with 4096 in flight. Ours does the million;' +
    ' the others do a part of it, from which items a second are taken.',
  candidates: [...THREAD_POOLS, 'bare', 'python-threads', 'python-processes'],
  shapes: (quick) => [
    {
      name: '2 workers',
      workers: 2,
      items: quick ? 2000 : ITEMS,
      peerItems: quick ? 200 : PEER_ITEMS,
      rounds: quick ? 1 : 3,
      warmUp: quick ? 0 : 1,
    },
  ],
  format: { value: FORMATS.perSecond },
  bars: [
    against({ text: "≥ 100 × the best peer's fastest way", groups: ['peer', 'tuned'], better: 'higher', limit: 100 }),
  ],
};

export const inChild = {
  async round(pool, shape, candidate) {
    const ours = candidate.group === 'ours';
    const count = ours ? shape.items : Math.min(shape.items, Math.ceil(shape.peerItems * candidate.pace));
    const items = Array.from({ length: count }, (_, i) => i);
    const start = performance.now();
    const sum =
      pool.sumOfMap === undefined
        ? await keepInFlight((i) => pool.run('double', items[i]), 4096, count)
        : await pool.sumOfMap('double', items);
    const seconds = (performance.now() - start) / 1000;
    check('double', 2 * sumBelow(count), sum);
    return { value: count / seconds };
  },
};
