import { inspect, type InspectOptions } from 'node:util';
import { InvalidStateError, type CancelledError } from '../errors.ts';
import { bindCallback } from './bind-callback.ts';
import { signalError, toCancelledError } from './cancellation.ts';
import { currentScope } from './context.ts';
import { DoneCallback } from './done-callback.ts';
import { waitForFuture } from './future-wait.ts';
import { aFunction, checkArgument, checkOptions, milliseconds, type Checks } from './options.ts';
import type { Scope } from './scope.ts';
import { reportUnlessRetrieved } from './unretrieved.ts';
import { keepsStacks, rememberedStack, rememberStack } from './stacks.ts';
import { BareWait, checkWaitOptions, type WaitOptions } from './wait.ts';

export type FutureState = 'pending' | 'running' | 'finished' | 'cancelled';

/** Told in the moment a future is done, before any callback. For the library's own use: it must not throw. */
export interface FutureListener {
  futureDone(future: Future): void;
}

export interface ResultSyncOptions {
  /** Milliseconds before the wait ends with a `TimeoutError`. */
  timeout?: number | undefined;
}

const resultSyncChecks: Checks<ResultSyncOptions> = { timeout: milliseconds };

export function checkResultSyncOptions(options: ResultSyncOptions | undefined): void {
  checkOptions(options, resultSyncChecks, 'future.resultSync()');
}

const PENDING = 0;
const RUNNING = 1;
const RESULT = 2;
const EXCEPTION = 3;
const CANCELLED = 4;

/**
 * The handle of a result that is not there yet: awaitable, cancellable, with the states of
 * `concurrent.futures.Future` and the deferred callbacks of `asyncio.Future`.
 *
 * Awaiting it gives the result or throws the error. When the scope that awaits it is cancelled, the future is
 * cancelled too; `shield()` stands in between where that is not wanted. It is a thenable, not a `Promise`: an error
 * nobody looks at is reported once through the loop's exception handler instead of ending the process.
 *
 * @example
 * const future = new Future<number>();
 * setTimeout(() => future.setResult(42), 10);
 * console.log(await future); // 42
 *
 * @see https://docs.python.org/3/library/concurrent.futures.html#future-objects
 */
export class Future<T = unknown> implements PromiseLike<T> {
  #state = PENDING;
  /** The result, the error or the `CancelledError`, by state. */
  #value: unknown = undefined;
  #retrieved = false;
  #listeners: FutureListener | FutureListener[] | undefined = undefined;

  constructor() {
    if (keepsStacks()) rememberStack(this);
  }

  /** Where it was made; debug mode only. */
  get creationStack(): string | undefined {
    return rememberedStack(this);
  }

  get state(): FutureState {
    const state = this.#state;
    if (state === PENDING) return 'pending';
    if (state === RUNNING) return 'running';
    return state === CANCELLED ? 'cancelled' : 'finished';
  }

  /** True when it has a result or an error, or was cancelled. */
  done(): boolean {
    return this.#state >= RESULT;
  }

  running(): boolean {
    return this.#state === RUNNING;
  }

  cancelled(): boolean {
    return this.#state === CANCELLED;
  }

  /**
   * Cancels what has not started. False when it is running or already has an outcome; true when it is
   * cancelled, by this call or an earlier one. Futures of executors and tasks can cancel running work too.
   */
  cancel(reason?: unknown): boolean {
    this.#retrieved = true;
    if (this.#state === CANCELLED) return true;
    if (this.#state !== PENDING) return false;
    return this.setCancelled(toCancelledError(reason));
  }

  /** For producers: work begins. False when it was cancelled before, and must not begin. */
  setRunning(): boolean {
    if (this.#state === CANCELLED) return false;
    if (this.#state !== PENDING) throw this.#stateError('cannot start');
    this.#state = RUNNING;
    return true;
  }

  /**
   * For producers: completes it with a value.
   * @throws InvalidStateError once it is done or cancelled.
   */
  setResult(value: T): void {
    if (this.#state >= RESULT) throw this.#stateError('cannot set a result');
    this.#settle(RESULT, value);
  }

  /**
   * For producers: completes it with an error.
   * @throws InvalidStateError once it is done or cancelled.
   */
  setException(error: unknown): void {
    if (this.#state >= RESULT) throw this.#stateError('cannot set an exception');
    this.#settle(EXCEPTION, error);
  }

  /** For producers: cancels it whatever it is doing. False when it already has an outcome. */
  protected setCancelled(error: CancelledError): boolean {
    if (this.#state >= RESULT) return false;
    this.#settle(CANCELLED, error);
    return true;
  }

  /**
   * Waits for the result. Rejects with the task's error, a `CancelledError`, or a `TimeoutError`. The end of
   * `timeout` or `signal` ends only the wait.
   */
  result(options?: WaitOptions): Promise<T> {
    checkWaitOptions(options, 'future.result()');
    return this.#wait(options);
  }

  /** Waits, then gives the error, or `undefined` if there is a result. Rejects when cancelled or timed out. */
  async exception(options?: WaitOptions): Promise<unknown> {
    checkWaitOptions(options, 'future.exception()');
    try {
      await this.#wait(options);
      return undefined;
    } catch (error) {
      if (this.#state === EXCEPTION && error === this.#value) return error;
      throw error;
    }
  }

  /**
   * The result, now. Throws the task's error if it failed.
   * @throws InvalidStateError while there is none.
   */
  resultNow(): T {
    if (this.#state < RESULT) throw new InvalidStateError(`Result is not ready: ${inspect(this)}`);
    this.#retrieved = true;
    if (this.#state === RESULT) return this.#value as T;
    throw this.#value;
  }

  /**
   * The error, now; `undefined` if it has a result.
   * @throws InvalidStateError while it is not done; CancelledError if it was cancelled.
   */
  exceptionNow(): unknown {
    if (this.#state < RESULT) throw new InvalidStateError(`Exception is not set: ${inspect(this)}`);
    this.#retrieved = true;
    if (this.#state === CANCELLED) throw this.#value;
    return this.#state === EXCEPTION ? this.#value : undefined;
  }

  /** True when it ended with an error; a cancellation is none. Does not count as looking at the error. */
  hasException(): boolean {
    return this.#state === EXCEPTION;
  }

  /**
   * Blocks the calling thread until the result is there. Only futures whose work runs in another thread or
   * process can be waited for this way; for others the wait would never end, so it throws.
   * @throws InvalidStateError when the result can only come from this thread.
   */
  resultSync(options?: ResultSyncOptions): T {
    checkResultSyncOptions(options);
    if (this.#state < RESULT) {
      throw new InvalidStateError(
        'resultSync() would block for ever: this future is completed by the thread that waits',
      );
    }
    return this.resultNow();
  }

  /**
   * Calls `fn` with this future a microtask after it is done, in the order of addition; soon if it is done
   * already. It runs in a copy of the context it was added in. An error thrown by `fn` is reported and does not
   * stop the next. Disposing removes it.
   */
  addDoneCallback(fn: (future: Future<T>) => void): Disposable {
    checkArgument('fn', fn, aFunction);
    const callback = new DoneCallback(this, bindCallback(fn) as (future: Future) => void);
    this.watch(callback);
    return callback;
  }

  /** For the library: tells `listener` in the moment this is done; at once if it is. Looks after the failure. */
  listen(listener: FutureListener): void {
    this.#retrieved = true;
    this.watch(listener);
  }

  /** For the library: as `listen`, but looks after nothing. */
  watch(listener: FutureListener): void {
    if (this.#state >= RESULT) listener.futureDone(this);
    else if (this.#listeners === undefined) this.#listeners = listener;
    else if (Array.isArray(this.#listeners)) this.#listeners.push(listener);
    else this.#listeners = [this.#listeners, listener];
  }

  /** For the library: no longer tells `listener`. */
  unlisten(listener: FutureListener): void {
    const listeners = this.#listeners;
    if (listeners === listener) this.#listeners = undefined;
    else if (Array.isArray(listeners)) {
      const index = listeners.indexOf(listener);
      if (index !== -1) listeners.splice(index, 1);
    }
  }

  // oxlint-disable-next-line unicorn/no-thenable -- being awaitable is the point
  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#wait(undefined).then(onfulfilled, onrejected);
  }

  catch<B = never>(onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, onrejected);
  }

  finally(onfinally?: (() => void) | null): Promise<T> {
    return this.#wait(undefined).finally(onfinally);
  }

  /** Its kind and, for a task, its name: for messages. */
  toString(): string {
    return this[Symbol.toStringTag];
  }

  get [Symbol.toStringTag](): string {
    return 'Future';
  }

  static {
    // Not a computed method: those cannot be declared file by file.
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: Future, depth: number, options: InspectOptions): string {
        const { name } = this.constructor;
        const hasOutcome = this.#state === RESULT || this.#state === EXCEPTION;
        if (!hasOutcome) return `${name} { ${this.describe()}${this.state} }`;
        const value = depth < 0 ? '…' : inspect(this.#value, { ...options, depth: depth - 1 });
        return `${name} { ${this.describe()}finished, ${this.#state === RESULT ? 'returned' : 'raised'} ${value} }`;
      },
    });
  }

  /** What `inspect` shows before the state. */
  protected describe(): string {
    return '';
  }

  /** Says that somebody takes care of a failure, so that it is not reported. */
  markRetrieved(): void {
    this.#retrieved = true;
  }

  /** For reports: the futures this one waits for. */
  awaits(): readonly Future[] {
    return [];
  }

  /** Called when a scope begins to wait for it; a task refuses to wait for itself. */
  protected checkAwait(_scope: Scope): void {}

  /** A shield lets a cancelled scope wait. */
  protected ignoresCancelledScope(): boolean {
    return false;
  }

  #wait(options: WaitOptions | undefined): Promise<T> {
    this.#retrieved = true;
    if (this.#state === RESULT) return Promise.resolve(this.#value as T);
    if (this.#state >= RESULT) return Promise.reject<T>(this.#value);
    const scope = currentScope();
    if (scope !== undefined) this.checkAwait(scope);
    else if (options === undefined && !keepsStacks()) {
      const wait = new BareWait<T>();
      this.listen(wait);
      return wait.promise;
    }
    const error = this.ignoresCancelledScope() ? undefined : scope?.takeCancellation();
    const wait = waitForFuture<T>(this, scope, options);
    this.listen(wait);
    // A cancelled scope ends what it waits for as well, an aborted signal only the wait.
    if (error !== undefined) wait.cancelWait(error);
    else if (options?.signal?.aborted) wait.endEarly(signalError(options.signal));
    return wait.promise;
  }

  #settle(state: number, value: unknown): void {
    this.#state = state;
    this.#value = value;
    const listeners = this.#listeners;
    if (listeners !== undefined) {
      this.#listeners = undefined;
      if (Array.isArray(listeners)) for (const listener of listeners) listener.futureDone(this);
      else listeners.futureDone(this);
    }
    if (state === EXCEPTION && !this.#retrieved) reportUnlessRetrieved(this);
  }

  /** For reports: the error, if nobody has looked at it or taken care of it; from then on somebody has. */
  takeUnretrieved(): { readonly exception: unknown } | undefined {
    if (this.#retrieved || this.#state !== EXCEPTION) return undefined;
    this.#retrieved = true;
    return { exception: this.#value };
  }

  #stateError(what: string): InvalidStateError {
    return new InvalidStateError(`${what}: ${inspect(this, { depth: 0 })}`);
  }

  /** For the library: settles a wait with the outcome. */
  passOutcome(wait: { resolve(value: T): void; reject(error: unknown): void }): void {
    if (this.#state === RESULT) wait.resolve(this.#value as T);
    else wait.reject(this.#value);
  }
}
