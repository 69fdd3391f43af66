import { check, keepInFlight, sumBelow } from '../harness/in-flight.mjs';

/** A round of P3 and P9: a record of six fields there, another one back. */
export async function smallObjects(pool, shape, candidate) {
  const count = Math.ceil(shape.count * candidate.pace);
  const send = async (i) => {
    const record = { id: i, name: 'Ada Lovelace', score: 0.5, active: true, tags: ['a', 'b', 'c'], at: { x: 1, y: i } };
    const back = await pool.run('small', record);
    check('small', i, back.at.x);
    return back.id;
  };
  const start = performance.now();
  const sum = await keepInFlight(send, shape.inFlight, count);
  const seconds = (performance.now() - start) / 1000;
  check('small', sumBelow(count) + count, sum);
  return { value: count / seconds };
}
