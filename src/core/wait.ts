/**
 * The one place through which everything in the library suspends.
 *
 * A wait is parked in the scope it was begun in. It ends by a value, by an error, by the scope's cancellation, or by
 * the `signal` and `timeout` it was given; whichever comes first, the others are undone. Where a grant (a permit, an
 * item) races a cancellation, `wait-queue.ts` decides.
 */
import { TimeoutError, type CancelledError } from '../errors.ts';
import { signalError, toCancelledError } from './cancellation.ts';
import { setTimer, type Timer } from './clock.ts';
import { aSignal, checkOptions, milliseconds, type Checks } from './options.ts';
import type { Parked, Scope } from './scope.ts';
import { keepsStacks, rememberedStack, rememberStack } from './stacks.ts';

/** Options of everything that waits. */
export interface WaitOptions {
  /** Milliseconds before the wait ends with a `TimeoutError`; it does not cancel what is waited for. */
  timeout?: number | undefined;
  /** Ends the wait with a `CancelledError` when aborted. */
  signal?: AbortSignal | undefined;
}

const ignore = (): void => {};

/** How the promise that was made last is settled. One executor for all waits: a closure a wait would cost as much again. */
let lastResolve: ((value: never) => void) | undefined;
let lastReject: ((error: unknown) => void) | undefined;
const takeSettlers = (resolve: (value: never) => void, reject: (error: unknown) => void): void => {
  lastResolve = resolve;
  lastReject = reject;
};

/**
 * What a kind of wait does that others do not. No subclasses of `Wait`: V8 looks fields up by the class of the object, and
 * gives up where it has met more than four. A program that sleeps, locks, queues, and awaits futures has more, and then
 * each wait cost Node 20 nearly a microsecond more, and Node 24 a tenth of one.
 */
export interface WaitKind {
  /** For reports: what is waited for. */
  describe(wait: Wait): string;
  /** Undo what was begun: clear the timer, leave the queue. */
  withdraw?(wait: Wait): void;
  /** Its scope is cancelled. Without it the wait ends early. */
  cancelWait?(wait: Wait, error: CancelledError): void;
  /** Its scope is left. Without it the wait ends early. */
  abandonWait?(wait: Wait): void;
  /** Its limit of time has passed. Without it the wait ends early with a `TimeoutError`. */
  expire?(wait: Wait): void;
  /** A future it listens to is done. */
  futureDone?(wait: Wait, future: unknown): void;
  /** For reports: the futures it waits for. */
  awaits?(wait: Wait): readonly unknown[];
  /** Its queue grants it something. Without it that is delivered in a tick. */
  granted?(wait: Wait): void;
}

export class Wait<T = unknown> implements Parked {
  readonly promise: Promise<T>;
  readonly kind: WaitKind;
  readonly scope: Scope | undefined;
  /** What is waited for, by kind: the queue, the future, the milliseconds. */
  readonly subject: unknown;
  /** What the kind keeps with it. */
  payload: unknown = undefined;
  /** For the scope. */
  next: Parked | undefined = undefined;
  previous: Parked | undefined = undefined;
  /** For the queue it is in, as is its `state`. */
  nextInLine: Wait | undefined = undefined;
  previousInLine: Wait | undefined = undefined;
  state = 0;
  #settled = false;
  #resolve: ((value: never) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #limit: Limit | undefined;

  /** `limits` have been looked at by `checkWaitOptions`. */
  constructor(kind: WaitKind, subject: unknown, scope: Scope | undefined, limits?: WaitOptions) {
    this.promise = new Promise<T>(takeSettlers);
    this.#resolve = lastResolve;
    this.#reject = lastReject;
    // Or they would keep what the wait ends with.
    lastResolve = lastReject = undefined;
    this.kind = kind;
    this.subject = subject;
    this.scope = scope;
    scope?.park(this);
    if (keepsStacks()) rememberStack(this);
    if (limits !== undefined && (limits.signal !== undefined || limits.timeout !== undefined)) {
      this.#limit = new Limit(this, limits);
    }
  }

  /** Where it was begun; debug mode only. */
  get site(): string | undefined {
    return rememberedStack(this);
  }

  get settled(): boolean {
    return this.#settled;
  }

  resolve(value: T): void {
    if (this.#settled) return;
    this.end();
    this.fulfil(value);
  }

  reject(error: unknown): void {
    if (this.#settled) return;
    this.end();
    this.fail(error);
  }

  /** Ends the wait: from here on nobody can cancel it. Its promise is left to `fulfil` or `fail`. */
  end(): void {
    this.#settled = true;
    this.scope?.unpark(this);
    this.#limit?.lift();
  }

  fulfil(value: T): void {
    this.#resolve?.(value as never);
    this.#resolve = this.#reject = undefined;
  }

  fail(error: unknown): void {
    this.#reject?.(error);
    this.#resolve = this.#reject = undefined;
  }

  /** Says that a rejection may go unseen: an un-awaited wait that is cancelled must not end the process. */
  handled(): void {
    this.promise.catch(ignore);
  }

  /** Ends the wait early: takes it back, then rejects. */
  endEarly(error: unknown): void {
    if (this.#settled) return;
    this.handled();
    this.kind.withdraw?.(this);
    this.reject(error);
  }

  cancelWait(error: CancelledError): void {
    const { kind } = this;
    if (kind.cancelWait === undefined) this.endEarly(error);
    else if (!this.#settled) kind.cancelWait(this, error);
  }

  abandonWait(): void {
    if (this.kind.abandonWait !== undefined) this.kind.abandonWait(this);
    else this.endEarly(toCancelledError(`The scope was left while ${this.describe()} still waited in it`, 'parent'));
  }

  expire(timeout: number): void {
    if (this.kind.expire !== undefined) this.kind.expire(this);
    else this.endEarly(new TimeoutError(`Timed out after ${timeout} ms: ${this.describe()}`));
  }

  futureDone(future: unknown): void {
    this.kind.futureDone?.(this, future);
  }

  awaits(): readonly unknown[] {
    return this.kind.awaits?.(this) ?? [];
  }

  describe(): string {
    return this.kind.describe(this);
  }

  /** It carries what was delivered: a cancellation from now on is seen by the next wait. */
  carry(value: T): void {
    this.carrying();
    this.resolve(value);
  }

  carrying(): void {
    const task = this.scope?.task;
    if (task !== undefined) task.carrying = true;
  }
}

/**
 * Waits for a future where there is no scope, and nothing else that could end the wait: so do programs without tasks, for
 * ten thousand jobs at a time.
 */
export class BareWait<T> {
  readonly promise: Promise<T>;
  readonly #resolve: ((value: never) => void) | undefined;
  readonly #reject: ((error: unknown) => void) | undefined;

  constructor() {
    this.promise = new Promise<T>(takeSettlers);
    this.#resolve = lastResolve;
    this.#reject = lastReject;
    lastResolve = lastReject = undefined;
  }

  futureDone(future: { passOutcome(wait: BareWait<T>): void }): void {
    future.passOutcome(this);
  }

  resolve(value: T): void {
    this.#resolve?.(value as never);
  }

  reject(error: unknown): void {
    this.#reject?.(error);
  }
}

/** What a limit ends. */
export interface Limited {
  endEarly(error: unknown): void;
  expire(timeout: number): void;
}

/** The time and the signal that end something. Whoever uses it has looked whether the signal is aborted already. */
export class Limit {
  readonly #timer: Timer | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;

  constructor(limited: Limited, { timeout, signal }: WaitOptions) {
    this.#signal = signal;
    this.#onAbort = () => {
      if (signal !== undefined) limited.endEarly(signalError(signal));
    };
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (timeout !== undefined && timeout !== Infinity) this.#timer = setTimer(timeout, () => limited.expire(timeout));
  }

  /** The time alone does not keep the program running. */
  unref(): void {
    this.#timer?.setRef(false);
  }

  lift(): void {
    this.#timer?.cancel();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

export const waitChecks: Checks<WaitOptions> = { timeout: milliseconds, signal: aSignal };

/** Checks the limits given to a wait, before it changes anything. */
export function checkWaitOptions(options: WaitOptions | undefined, owner: string): void {
  if (options !== undefined) checkOptions(options, waitChecks, owner);
}

/**
 * The error a wait must end with before it begins: the scope is cancelled, a cancel is pending, or the signal is
 * aborted. Every function that waits asks first: a checkpoint.
 */
export function checkpointError(scope: Scope | undefined, options?: WaitOptions): CancelledError | undefined {
  const error = scope?.takeCancellation();
  if (error !== undefined) return error;
  const signal = options?.signal;
  return signal?.aborted === true ? signalError(signal) : undefined;
}

/** A rejected promise that does not end the process when nobody awaits it. */
export function rejected<T>(reason: unknown): Promise<T> {
  const promise = Promise.reject<T>(reason);
  promise.catch(ignore);
  return promise;
}

const FOREIGN: WaitKind = { describe: (wait) => wait.subject as string };

/** Waits for something outside the library, for as long as the scope is not cancelled. */
export function waitForForeign<T>(scope: Scope | undefined, what: string, options?: WaitOptions): Wait<T> {
  return new Wait<T>(FOREIGN, what, scope, options);
}
