import type { CancelledError } from '../errors.ts';
import type { Scope } from './scope.ts';
import { Wait, type WaitOptions } from './wait.ts';

/** What can be awaited here: a `Future`, seen from its waits. */
export interface Awaited<T> {
  cancel(reason?: unknown): boolean;
  cancelled(): boolean;
  passOutcome(wait: FutureWait<T>): void;
  toString(): string;
  unlisten(wait: FutureWait<T>): void;
}

/**
 * Waits for a future. Cancelling the wait cancels the future, and the wait ends when the future does: a task that
 * is cancelled still cleans up, and whoever awaits it must not run on before. A future that refuses is left alone.
 */
export class FutureWait<T> extends Wait<T> {
  readonly future: Awaited<T>;
  #cancelError: CancelledError | undefined;

  constructor(future: Awaited<T>, scope: Scope | undefined, options: WaitOptions | undefined) {
    super(scope, options);
    this.future = future;
  }

  futureDone(): void {
    // Many may cancel the same future; each wait ends with the error of its own scope.
    if (this.#cancelError !== undefined && this.future.cancelled()) this.reject(this.#cancelError);
    else this.future.passOutcome(this);
  }

  override cancelWait(error: CancelledError): void {
    if (this.settled) return;
    this.handled();
    this.#cancelError ??= error;
    if (!this.future.cancel(error)) this.endEarly(error);
  }

  /** The scope is left, not cancelled: the future is somebody else's too. */
  override abandonWait(): void {}

  override describe(): string {
    return this.future.toString();
  }

  protected override withdraw(): void {
    this.future.unlisten(this);
  }
}
