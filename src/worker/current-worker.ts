import { abortTask, taskCancelled, workerState, type WorkerInfo } from './worker-state.ts';

/** The worker this code runs in; `undefined` outside of one. */
export function currentWorker(): WorkerInfo | undefined {
  const info = workerState()?.info;
  return info === undefined ? undefined : { ...info };
}

/**
 * Whether the running task was asked to end. Cheap (two loads of shared memory; in a process a look into its pipe, once
 * a millisecond), so a busy loop may ask in every round. Always false outside of a worker.
 *
 * @example
 * for (const row of rows) {
 *   if (cancelRequested()) break;
 *   crunch(row);
 * }
 */
export function cancelRequested(): boolean {
  const state = workerState();
  if (state === undefined || !state.flags.requested()) return false;
  abortTask(state);
  return true;
}

/** Throws `CancelledError` if the running task was asked to end. */
export function throwIfCancelled(): void {
  if (cancelRequested()) throw taskCancelled();
}

/**
 * A signal that aborts when the running task is asked to end, for APIs that take one. Fires as soon as the worker's
 * event loop gets a turn, or at the next `cancelRequested()`. Outside of a worker it never aborts.
 */
export function workerSignal(): AbortSignal {
  const state = workerState();
  if (state === undefined) return new AbortController().signal;
  state.abort ??= new AbortController();
  cancelRequested();
  return state.abort.signal;
}

/**
 * Reports progress of the running task to whoever submitted it: `future.onProgress`. Values are copied as
 * arguments are. Does nothing outside of a worker.
 */
export function progress(value: unknown): void {
  workerState()?.sendProgress(value);
}
