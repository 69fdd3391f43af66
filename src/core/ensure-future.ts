import { InvalidOptionError } from '../errors.ts';
import { show } from '../show.ts';
import { toCancelledError } from './cancellation.ts';
import { createTask } from './create-task.ts';
import { Future } from './future.ts';
import type { Check } from './options.ts';
import type { TaskFunction } from './task.ts';
import { isThenable } from './thenable.ts';
import { toPromise } from './to-promise.ts';

/** What can be awaited together with others. */
export type Joinable<T> = Future<T> | PromiseLike<T> | TaskFunction<T>;

/** What a joinable gives. */
export type Joined<J> = J extends () => infer R ? Awaited<R> : Awaited<J>;

/** A promise somebody else started: cancelling stops waiting for it, its work goes on. */
class PromiseFuture<T> extends Future<T> {
  constructor(promise: Promise<T>) {
    super();
    void promise.then(
      (value) => {
        if (!this.done()) this.setResult(value);
      },
      (error: unknown) => {
        if (!this.done()) this.setException(error);
      },
    );
    this.setRunning();
  }

  override cancel(reason?: unknown): boolean {
    this.markRetrieved();
    return this.done() ? false : this.setCancelled(toCancelledError(reason));
  }
}

/**
 * Gives a future for whatever can be awaited: a future as it is, a promise wrapped, a function as a new task.
 *
 * Cancelling the future of a promise only stops waiting; nothing can stop a promise.
 * @throws InvalidOptionError for anything else.
 */
export function ensureFuture<T>(target: Joinable<T>): Future<T> {
  checkTarget(target, 'ensureFuture()');
  if (target instanceof Future) return target;
  const promise = toPromise(target as PromiseLike<T>);
  return promise === undefined ? createTask(target as TaskFunction<T>) : new PromiseFuture(promise);
}

export const aJoinable: Check = (value) =>
  typeof value === 'function' || isThenable(value) ? undefined : 'a future, a promise or an async function';

/** Checks what `taker` is to wait for. */
export function checkTarget(target: unknown, taker: string): void {
  const expected = aJoinable(target);
  if (expected === undefined) return;
  const message = `${taker} takes ${expected}; received ${show(target)}`;
  throw new InvalidOptionError('target', expected, target, { message });
}
