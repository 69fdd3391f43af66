import { setTimeout as sleep } from 'node:timers/promises';

/** What the jobs `block` and `endless` take: [it runs, it may end, scratch]. */
export function newFlag() {
  return new Int32Array(new SharedArrayBuffer(12));
}

/** Resolves when the job that got this flag runs; rejects when it failed before it could. */
export async function itRuns(flag, job) {
  let failure;
  job.then(undefined, (error) => (failure = { error }));
  while (Atomics.load(flag, 0) === 0) {
    if (failure !== undefined) throw failure.error;
    await sleep(1);
  }
}
