const RESOLVED = Promise.resolve();

/**
 * Calls `fn` in a microtask, in the caller's async context. Not `queueMicrotask`: on Node that makes an
 * `AsyncResource` each time and costs four times as much. `fn` must not throw.
 */
export function soon(fn: () => void): void {
  void RESOLVED.then(fn);
}
