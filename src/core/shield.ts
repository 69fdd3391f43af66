import { inspect } from 'node:util';
import { CancelledError, TimeoutError } from '../errors.ts';
import { isCancellationLike } from './abort-error.ts';
import { toCancelledError } from './cancellation.ts';
import { setTimer, type Timer } from './clock.ts';
import { currentScope } from './context.ts';
import { checkTarget, ensureFuture } from './ensure-future.ts';
import { reportException } from './exception-handler.ts';
import { Future, type FutureListener } from './future.ts';
import { checkOptions, milliseconds, type Checks } from './options.ts';
import { openScope, runIn } from './run-scope.ts';
import type { Scope } from './scope.ts';

export interface ShieldOptions {
  /** Milliseconds after which a `TimeoutError` ends it; a block is cancelled, a future goes on. */
  timeout?: number | undefined;
}

const shieldChecks: Checks<ShieldOptions> = { timeout: milliseconds };

/**
 * Keeps cancellation from the outside away. Of a block (a function): it runs to its end, with the tasks begun in it,
 * whatever happens around; the cancellation is seen at the next wait after it. Of a future: cancelling what is
 * returned, or the scope that awaits it, leaves the future alone, and it goes on in the background.
 *
 * In a scope that is cancelled already both still wait: clean-up that must wait goes in here, with a `timeout`.
 *
 * @example
 * try {
 *   await sleep(1);
 * } finally {
 *   await shield(async () => { await sleep(1); }, { timeout: 1000 });
 * }
 *
 * @throws TimeoutError when `timeout` passes.
 * @see https://docs.python.org/3/library/asyncio-task.html#asyncio.shield
 */
export function shield<T>(fn: () => T | PromiseLike<T>, options?: ShieldOptions): Promise<T>;
export function shield<T>(future: Future<T> | PromiseLike<T>, options?: ShieldOptions): Future<T>;
export function shield<T>(
  target: Future<T> | PromiseLike<T> | (() => T | PromiseLike<T>),
  options?: ShieldOptions,
): Future<T> | Promise<T> {
  checkTarget(target, 'shield()');
  checkOptions(options, shieldChecks, 'shield()');
  if (typeof target === 'function' && !(target instanceof Future)) return shieldBlock(target, options?.timeout);
  const inner = ensureFuture(target as Future<T>);
  if (inner.done()) return inner;
  return new Shield(inner, currentScope(), options?.timeout);
}

async function shieldBlock<T>(fn: () => T | PromiseLike<T>, timeout: number | undefined): Promise<T> {
  const scope = openScope(true);
  const expire = (): void => void scope.cancel(toCancelledError(`shield() ended after ${timeout} ms`, 'deadline'));
  const timer = timeout === undefined || timeout === Infinity ? undefined : setTimer(timeout, expire);
  try {
    return await runIn(scope, fn, undefined);
  } catch (error) {
    if (scope.own !== undefined && isCancellationLike(error)) {
      throw new TimeoutError(`The shielded block did not end within ${timeout} ms`, { cause: error });
    }
    throw error;
  } finally {
    timer?.cancel();
    scope.close();
  }
}

/** Stands between a future and those who may cancel it. */
class Shield<T> extends Future<T> {
  readonly #inner: Future<T>;
  /** Cancelled before this was made: that cancellation is not seen here. */
  readonly #alreadyCancelled: boolean;
  readonly #timer: Timer | undefined;

  constructor(inner: Future<T>, scope: Scope | undefined, timeout: number | undefined) {
    super();
    this.#inner = inner;
    this.#alreadyCancelled = scope?.cancelled !== undefined;
    if (timeout !== undefined && timeout !== Infinity) this.#timer = setTimer(timeout, () => this.#expire(timeout));
    inner.listen(this);
  }

  futureDone(inner: Future): void {
    this.#timer?.cancel();
    if (this.done()) return;
    if (inner.cancelled()) super.setCancelled(cancellationOf(inner));
    else if (inner.hasException()) this.setException(inner.exceptionNow());
    else this.setResult(inner.resultNow() as T);
  }

  protected override setCancelled(error: CancelledError): boolean {
    if (!super.setCancelled(error)) return false;
    this.#leave();
    // Once for all shields: one that is kept may have been shielded a million times.
    this.#inner.unlisten(LATE_FAILURE);
    this.#inner.listen(LATE_FAILURE);
    return true;
  }

  #expire(timeout: number): void {
    if (this.done()) return;
    this.#leave();
    this.setException(new TimeoutError(`The shielded future was not done within ${timeout} ms`));
  }

  #leave(): void {
    this.#timer?.cancel();
    this.#inner.unlisten(this);
  }

  override awaits(): readonly Future[] {
    return this.done() ? [] : [this.#inner];
  }

  protected override ignoresCancelledScope(): boolean {
    return this.#alreadyCancelled;
  }
}

/** Nobody else hears of the failure of a future whose shield was cancelled. */
const LATE_FAILURE: FutureListener = {
  futureDone(inner): void {
    if (!inner.hasException()) return;
    const exception = inner.exceptionNow();
    const name = exception instanceof Error ? exception.name : inspect(exception);
    reportException({ message: `${name} exception in shielded future`, exception, future: inner });
  },
};

function cancellationOf(future: Future): CancelledError {
  try {
    future.resultNow();
  } catch (error) {
    if (error instanceof CancelledError) return error;
  }
  return toCancelledError(undefined);
}
