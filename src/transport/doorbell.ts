import type { SharedOperations } from './atomics.ts';
import { ARMED, AWAKE, BELL, PARKED, RINGS } from './layout.ts';

/**
 * How one side learns that the other has put something into a ring, without looking all the time and without
 * being told when it looks anyway.
 *
 * Both directions use Dekker's pattern. The sleeper says that it will sleep, *then* looks once more at the rings;
 * the sender publishes, *then* looks whether somebody sleeps. All four steps are sequentially consistent, so at
 * least one of the two sees the other: a message is never left lying. The exchange lets exactly one sender pay
 * for the wake-up.
 *
 * Worker: `BELL` goes `AWAKE` → `PARKED` by the worker, back by whoever is first, the parent or the worker.
 * Parent: `ARMED` goes 0 → 1 by the parent, back by the first worker that rings, or by the parent; `RINGS` counts
 * and is what the parent waits on, because it may wait blocking and through its event loop at the same time.
 */

/** For the worker: after this, it must look at its ring before it sleeps. */
export function park(shared: SharedOperations, words: Int32Array): void {
  shared.store(words, BELL, PARKED);
}

/** For the worker: it is awake, whoever woke it. */
export function unpark(shared: SharedOperations, words: Int32Array): void {
  shared.store(words, BELL, AWAKE);
}

/** For the parent, after publishing: wakes the worker if it sleeps. True if it had to. */
export function ringWorker(shared: SharedOperations, words: Int32Array): boolean {
  if (shared.load(words, BELL) !== PARKED) return false;
  if (shared.exchange(words, BELL, AWAKE) !== PARKED) return false;
  shared.notify(words, BELL);
  return true;
}

/** For the parent: after this, it must look at its rings before it sleeps on `RINGS` having the value returned. */
export function arm(shared: SharedOperations, words: Int32Array): number {
  const rings = shared.load(words, RINGS);
  shared.store(words, ARMED, 1);
  return rings;
}

/** For the parent: it is looking anyway. */
export function disarm(shared: SharedOperations, words: Int32Array): void {
  shared.store(words, ARMED, 0);
}

/** For a worker, after publishing: wakes the parent if it sleeps. True if it had to. */
export function ringParent(shared: SharedOperations, words: Int32Array): boolean {
  if (shared.load(words, ARMED) !== 1) return false;
  if (shared.exchange(words, ARMED, 0) !== 1) return false;
  shared.add(words, RINGS, 1);
  shared.notify(words, RINGS);
  return true;
}
