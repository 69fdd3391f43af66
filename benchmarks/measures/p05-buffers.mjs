import { against } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { check, keepInFlight } from '../harness/in-flight.mjs';

const MEGABYTE = 1 << 20;

/** How one megabyte gets there. The worker reads its first and last byte, whose sum comes back. */
const WAYS = {
  copied(pool) {
    const bytes = Buffer.alloc(MEGABYTE, 1);
    return () => pool.run('ends', bytes);
  },
  transferred: (pool) => () => {
    const bytes = new Uint8Array(MEGABYTE);
    bytes[0] = 1;
    bytes[MEGABYTE - 1] = 1;
    return pool.runTransfer('ends', bytes, [bytes.buffer]);
  },
  shared(pool) {
    const bytes = new Uint8Array(new SharedArrayBuffer(MEGABYTE)).fill(1);
    return () => pool.run('ends', bytes);
  },
};

export const measure = {
  id: 'P5',
  title: '1 MB there, 8 in flight, 1 worker',
  candidates: ['offloop', 'piscina', 'tinypool', 'workerpool', 'poolifier', 'bare'],
  shapes: (quick) =>
    Object.keys(WAYS).map((way) => ({
      name: way,
      workers: 1,
      count: (quick ? 20 : 500) * (way === 'shared' ? 20 : 1),
      rounds: quick ? 1 : 5,
      warmUp: quick ? 0 : 1,
    })),
  format: { value: FORMATS.perSecond },
  bars: Object.keys(WAYS).map((way) =>
    against({
      text: `${way}: no slower than bare \`postMessage\``,
      groups: ['bare'],
      better: 'higher',
      limit: 1,
      shapes: [way],
    }),
  ),
};

export const inChild = {
  async round(pool, shape) {
    const send = WAYS[shape.name](pool);
    const start = performance.now();
    const sum = await keepInFlight(send, 8, shape.count);
    const seconds = (performance.now() - start) / 1000;
    check('ends', 2 * shape.count, sum);
    return { value: shape.count / seconds };
  },
};
