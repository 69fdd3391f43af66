import type { SharedOperations } from './atomics.ts';
import { ARMED, AWAKE, BELL, PARKED, REPLIES_WANT_ROOM, REQUESTS_WANT_ROOM, RINGS } from './layout.ts';

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
 *
 * A full ring is the same thing the other way round: who reads gives the slots back, *then* looks whether somebody
 * wants room. Who wants it arms or parks, *then* says so, *then* looks once more, each time before it sleeps: said
 * before, the wish may be taken by a reader whose ring falls on nobody.
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

/** For the parent that found the ring of requests full, after arming: then it must look once more. */
export function wantRequestRoom(shared: SharedOperations, words: Int32Array): void {
  shared.store(words, REQUESTS_WANT_ROOM, 1);
}

/** For a worker, when it has taken all requests: wakes a parent that wants room. */
export function offerRequestRoom(shared: SharedOperations, words: Int32Array, parent: Int32Array): void {
  if (shared.load(words, REQUESTS_WANT_ROOM) === 0) return;
  shared.store(words, REQUESTS_WANT_ROOM, 0);
  ringParent(shared, parent);
}

/** For a worker that found the ring of replies full, after parking: then it must look once more. */
export function wantReplyRoom(shared: SharedOperations, words: Int32Array): void {
  shared.store(words, REPLIES_WANT_ROOM, 1);
}

/** For the parent, after it has read replies: wakes a worker that wants room. */
export function offerReplyRoom(shared: SharedOperations, words: Int32Array): void {
  if (shared.load(words, REPLIES_WANT_ROOM) === 0) return;
  shared.store(words, REPLIES_WANT_ROOM, 0);
  ringWorker(shared, words);
}
