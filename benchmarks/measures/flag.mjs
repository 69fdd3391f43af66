import { setTimeout as sleep } from 'node:timers/promises';

/** What the jobs `block` and `endless` take: [it runs, it may end, scratch]. */
export function newFlag() {
  return new Int32Array(new SharedArrayBuffer(12));
}

/** Resolves when the job that got this flag runs. */
export async function itRuns(flag) {
  while (Atomics.load(flag, 0) === 0) await sleep(1);
}
