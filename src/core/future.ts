import { inspect, type InspectOptions } from 'node:util';
import { CancelledError, InvalidOptionError, InvalidStateError, TimeoutError, type CancelSource } from '../errors.ts';
import { reportException } from './exception-handler.ts';

export type FutureState = 'pending' | 'running' | 'finished' | 'cancelled';

/** Options of everything that waits. */
export interface WaitOptions {
  /** Milliseconds before the wait ends with a `TimeoutError`; it does not cancel what is waited for. */
  timeout?: number | undefined;
  /** Ends the wait with a `CancelledError` when aborted. */
  signal?: AbortSignal | undefined;
}

type DoneCallback<T> = (future: Future<T>) => void;

const PENDING = 0;
const RUNNING = 1;
const RESULT = 2;
const EXCEPTION = 3;
const CANCELLED = 4;

/**
 * The handle of a result that is not there yet: awaitable, cancellable, with the states of
 * `concurrent.futures.Future` and the deferred callbacks of `asyncio.Future`.
 *
 * Awaiting it gives the result or throws the error. It is a thenable, not a `Promise`: an error nobody
 * looks at is reported once through the loop's exception handler instead of ending the process.
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
  #callbacks: DoneCallback<T>[] | undefined;
  #promise: Promise<T> | undefined;
  #resolve: ((value: T) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

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
    return this.setCancelled(new CancelledError(reason));
  }

  /** For producers: work begins. False when it was cancelled before, and must not begin. */
  setRunning(): boolean {
    if (this.#state === CANCELLED) return false;
    if (this.#state !== PENDING) throw this.#stateError('cannot start');
    this.#state = RUNNING;
    return true;
  }

  /** For producers: work that was handed over but had not begun is queued again. */
  protected setPending(): void {
    if (this.#state === RUNNING) this.#state = PENDING;
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

  /** Waits for the result. Rejects with the task's error, a `CancelledError`, or a `TimeoutError`. */
  result(options: WaitOptions = {}): Promise<T> {
    return waitWithin(this.#toPromise(), options, this);
  }

  /** Waits, then gives the error, or `undefined` if there is a result. Rejects when cancelled or timed out. */
  async exception(options: WaitOptions = {}): Promise<unknown> {
    try {
      await this.result(options);
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

  /**
   * Blocks the calling thread until the result is there. Only futures whose work runs in another thread or
   * process can be waited for this way; for others the wait would never end, so it throws.
   * @throws InvalidStateError when the result can only come from this thread.
   */
  resultSync(options: { timeout?: number | undefined } = {}): T {
    checkTimeout(options.timeout);
    if (this.#state < RESULT) {
      throw new InvalidStateError(
        'resultSync() would block for ever: this future is completed by the thread that waits',
      );
    }
    return this.resultNow();
  }

  /**
   * Calls `fn` with this future a microtask after it is done, in the order of addition; soon if it is done
   * already. An error thrown by `fn` is reported and does not stop the next. Disposing removes it.
   */
  addDoneCallback(fn: (future: Future<T>) => void): Disposable {
    if (typeof fn !== 'function') throw new InvalidOptionError('fn', 'a function', fn);
    let active = true;
    const callback: DoneCallback<T> = (future) => {
      if (active) fn(future);
    };
    if (this.#state >= RESULT) queueMicrotask(() => this.#call(callback));
    else (this.#callbacks ??= []).push(callback);
    return {
      [Symbol.dispose]: () => {
        active = false;
        const index = this.#callbacks?.indexOf(callback) ?? -1;
        if (index !== -1) this.#callbacks?.splice(index, 1);
      },
    };
  }

  // oxlint-disable-next-line unicorn/no-thenable -- being awaitable is the point
  then<A = T, B = never>(
    onfulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#toPromise().then(onfulfilled, onrejected);
  }

  catch<B = never>(onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, onrejected);
  }

  finally(onfinally?: (() => void) | null): Promise<T> {
    return this.#toPromise().finally(onfinally);
  }

  get [Symbol.toStringTag](): string {
    return 'Future';
  }

  static {
    // Not a computed method: those cannot be declared file by file.
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: Future, depth: number, options: InspectOptions): string {
        return this.#inspect(depth, options);
      },
    });
  }

  #inspect(depth: number, options: InspectOptions): string {
    const name = this.constructor.name;
    if (this.#state !== RESULT && this.#state !== EXCEPTION) return `${name} { ${this.describe()}${this.state} }`;
    const value = depth < 0 ? '…' : inspect(this.#value, { ...options, depth: depth - 1 });
    return `${name} { ${this.describe()}finished, ${this.#state === RESULT ? 'returned' : 'raised'} ${value} }`;
  }

  /** What `inspect` shows before the state. */
  protected describe(): string {
    return '';
  }

  /** Says that somebody takes care of a failure, so that it is not reported. */
  markRetrieved(): void {
    this.#retrieved = true;
  }

  #toPromise(): Promise<T> {
    this.#retrieved = true;
    if (this.#promise !== undefined) return this.#promise;
    if (this.#state < RESULT) {
      this.#promise = new Promise<T>((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
    } else {
      this.#promise = this.#state === RESULT ? Promise.resolve(this.#value as T) : Promise.reject(this.#value);
    }
    // Whoever calls result() or then() gets a promise derived from this one and answers for that.
    this.#promise.catch(() => {});
    return this.#promise;
  }

  #settle(state: number, value: unknown): void {
    this.#state = state;
    this.#value = value;
    if (this.#resolve !== undefined) {
      if (state === RESULT) this.#resolve(value as T);
      else this.#reject?.(value);
      this.#resolve = this.#reject = undefined;
    }
    const callbacks = this.#callbacks;
    if (callbacks !== undefined) {
      this.#callbacks = undefined;
      queueMicrotask(() => {
        for (const callback of callbacks) this.#call(callback);
      });
    }
    if (state === EXCEPTION && !this.#retrieved) this.#reportLater();
  }

  #call(callback: DoneCallback<T>): void {
    try {
      callback(this);
    } catch (exception) {
      reportException({ message: `Exception in callback for ${inspect(this, { depth: 0 })}`, exception, future: this });
    }
  }

  /** Python reports when the object is collected; here the failure has until the end of the turn to find a taker. */
  #reportLater(): void {
    setImmediate(() => {
      if (this.#retrieved) return;
      this.#retrieved = true;
      reportException({
        message: `${this[Symbol.toStringTag]} exception was never retrieved`,
        exception: this.#value,
        future: this,
      });
    });
  }

  #stateError(what: string): InvalidStateError {
    return new InvalidStateError(`${what}: ${inspect(this, { depth: 0 })}`);
  }
}

/** Checks a time in milliseconds; `undefined` means no limit. */
export function checkTimeout(timeout: unknown, option = 'timeout'): void {
  if (timeout === undefined) return;
  if (typeof timeout !== 'number' || Number.isNaN(timeout)) {
    throw new InvalidOptionError(option, 'a number of milliseconds', timeout);
  }
}

/** A `CancelledError` for an aborted signal, its reason kept. */
export function signalError(signal: AbortSignal, source: CancelSource = 'signal'): CancelledError {
  return new CancelledError(signal.reason, source);
}

function waitWithin<T>(promise: Promise<T>, options: WaitOptions, future: Future<T>): Promise<T> {
  const { timeout, signal } = options;
  checkTimeout(timeout);
  if (signal?.aborted) return Promise.reject(signalError(signal));
  if ((timeout === undefined || timeout === Infinity) && signal === undefined) return promise.then((value) => value);
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => finish(() => reject(signalError(signal as AbortSignal)));
    const expire = (): void =>
      finish(() => reject(new TimeoutError(`No result after ${timeout} ms: ${inspect(future, { depth: 0 })}`)));
    const timer =
      timeout === undefined || timeout === Infinity ? undefined : setTimeout(expire, Math.min(timeout, 0x7fffffff));
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      act();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    promise.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    );
  });
}
