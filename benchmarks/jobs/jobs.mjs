/**
 * The functions every candidate runs. Each takes one argument, uses nothing from outside itself, and gives back
 * something the measure can check.
 */

/** Does nothing: what is left is the cost of getting there and back. */
export function empty(n) {
  return n;
}

export function double(n) {
  return n * 2;
}

/** Takes a small record and gives back another. */
export function small(record) {
  return {
    id: record.id + 1,
    name: record.name,
    score: record.score * 2,
    active: !record.active,
    tags: record.tags,
    at: { x: record.at.y, y: record.at.x },
  };
}

/** Touches both ends of a Uint8Array, so that the bytes must be there. */
export function ends(bytes) {
  return bytes[0] + bytes[bytes.length - 1];
}

/** Keeps a core busy: a linear congruential generator, `rounds` steps. */
export function burn(rounds) {
  let state = 1;
  for (let i = 0; i < rounds; i++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  return state;
}

/** Says that it runs (flag[0] = 1), then waits until flag[1] is set. */
export function block(flag) {
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
  Atomics.wait(flag, 1, 0);
  return 0;
}

/** Says that it runs (flag[0] = 1), then never ends. */
export function endless(flag) {
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
  for (;;) flag[2] ^= 1;
}

/** The same by name, for the libraries that want them registered. */
export const jobs = { empty, double, small, ends, burn, block, endless };
