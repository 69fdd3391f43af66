import { queueMicrotask } from './own-timers.ts';

/**
 * The seven operations on shared memory that the transport is built from. `Atomics` is one; the model checker
 * in `test/model` is the other, which suspends the caller at each of them.
 *
 * All are sequentially consistent: what was written before a `store` is seen by whoever loads that value.
 */
export interface SharedOperations {
  load(words: Int32Array, index: number): number;
  store(words: Int32Array, index: number, value: number): number;
  compareExchange(words: Int32Array, index: number, expected: number, value: number): number;
  exchange(words: Int32Array, index: number, value: number): number;
  add(words: Int32Array, index: number, value: number): number;
  notify(words: Int32Array, index: number): number;
  wait(words: Int32Array, index: number, expected: number, timeoutMs?: number): 'ok' | 'not-equal' | 'timed-out';
}

/** The real ones. */
export const sharedOperations: SharedOperations = Atomics;

type WaitAsync = (
  words: Int32Array,
  index: number,
  expected: number,
) => { async: false } | { async: true; value: Promise<unknown> };

/**
 * Calls `wake` once the word differs from `expected` and somebody notified, or soon if it differs now. Blocks
 * nothing and, on any version of Node, keeps no event loop alive.
 */
export function whenNotified(words: Int32Array, index: number, expected: number, wake: () => void): void {
  const waiting = (Atomics as unknown as { waitAsync: WaitAsync }).waitAsync(words, index, expected);
  if (waiting.async) void waiting.value.then(wake);
  else queueMicrotask(wake);
}
