import type { CancelledError } from '../errors.ts';
import type { Scope } from './scope.ts';
import { Wait, type WaitKind, type WaitOptions } from './wait.ts';

/** What can be awaited here: a `Future`, seen from its waits. */
export interface Awaited<T> {
  cancel(reason?: unknown): boolean;
  cancelled(): boolean;
  passOutcome(wait: Wait<T>): void;
  toString(): string;
  unlisten(wait: Wait<T>): void;
}

/**
 * Waits for a future. Cancelling the wait cancels the future, and the wait ends when the future does: a task that
 * is cancelled still cleans up, and whoever awaits it must not run on before. A future that refuses is left alone.
 */
export function waitForFuture<T>(
  future: Awaited<T>,
  scope: Scope | undefined,
  options: WaitOptions | undefined,
): Wait<T> {
  return new Wait<T>(FUTURE, future, scope, options);
}

/** The payload is the error of the scope, once that is cancelled. */
const FUTURE: WaitKind = {
  futureDone(wait): void {
    const future = wait.subject as Awaited<unknown>;
    // Many may cancel the same future; each wait ends with the error of its own scope.
    if (wait.payload !== undefined && future.cancelled()) wait.reject(wait.payload);
    else future.passOutcome(wait);
  },
  cancelWait(wait, error: CancelledError): void {
    wait.handled();
    wait.payload ??= error;
    if (!(wait.subject as Awaited<unknown>).cancel(error)) wait.endEarly(error);
  },
  // The scope is left, not cancelled: the future is somebody else's too.
  abandonWait(): void {},
  describe: (wait) => (wait.subject as Awaited<unknown>).toString(),
  withdraw: (wait) => (wait.subject as Awaited<unknown>).unlisten(wait),
  awaits: (wait) => [wait.subject],
};
