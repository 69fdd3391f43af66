import { CancelledError, InvalidOptionError } from '../errors.ts';
import { isAbortError } from './abort-error.ts';
import { currentScope } from './context.ts';
import { isThenable } from './thenable.ts';
import { toPromise } from './to-promise.ts';
import { checkpointError, checkWaitOptions, rejected, waitForForeign, type WaitOptions } from './wait.ts';

const never = new AbortController().signal;

/**
 * The `AbortSignal` of the scope this runs in, for `fetch` and every other API that takes one. Made on first use.
 * Outside every scope it is a signal that is never aborted.
 *
 * @example
 * await run(async () => {
 *   console.log(currentSignal().aborted); // false
 * });
 */
export function currentSignal(): AbortSignal {
  const scope = currentScope();
  if (scope === undefined) return never;
  const controller = (scope.controller ??= new AbortController());
  const error = scope.cancelled ?? (scope.shielded ? undefined : scope.task?.pendingCancel);
  if (error !== undefined && !controller.signal.aborted) controller.abort(error);
  return controller.signal;
}

/**
 * Stops waiting for a promise when the scope is cancelled. **The work behind it goes on**: nothing can stop a
 * promise, and what it gives later, an error too, is dropped. Hand `currentSignal()` to whoever can stop.
 *
 * @throws CancelledError when the scope is cancelled first.
 */
export function cancellable<T>(promise: PromiseLike<T>, options?: WaitOptions): Promise<T> {
  if (!isThenable(promise as unknown)) throw new InvalidOptionError('promise', 'a promise', promise);
  checkWaitOptions(options, 'cancellable()');
  const scope = currentScope();
  const error = checkpointError(scope, options);
  const settled = toPromise(promise) as Promise<T>;
  if (error !== undefined) {
    settled.catch(() => {});
    return rejected(error);
  }
  const wait = waitForForeign<T>(scope, 'cancellable(promise)', options);
  void settled.then(
    (value) => wait.resolve(value),
    (reason: unknown) => wait.reject(reason),
  );
  return wait.promise;
}

/**
 * Whether an error is a cancellation: a `CancelledError`, or what a Node function rejected with because the scope's
 * signal was aborted. For `catch` blocks that must let it through.
 *
 * @example
 * try {
 *   await sleep(1);
 * } catch (error) {
 *   if (isCancellation(error)) throw error;
 * }
 */
export function isCancellation(error: unknown): boolean {
  if (error instanceof CancelledError) return true;
  if (!isAbortError(error)) return false;
  if ((error as Error).cause instanceof CancelledError) return true;
  const scope = currentScope();
  return (scope?.cancelled ?? scope?.task?.pendingCancel) !== undefined;
}
