import { inspect } from 'node:util';
import { InvalidOptionError, InvalidStateError, TimeoutError } from '../errors.ts';
import { isCancellationLike } from './abort-error.ts';
import { toCancelledError } from './cancellation.ts';
import { now, setTimer, type Timer } from './clock.ts';
import { checkArgument, milliseconds, millisecondsOrNull, type Check } from './options.ts';
import { openScope, runIn } from './run-scope.ts';
import type { Scope } from './scope.ts';
import { keepSuppressed } from './suppressed-errors.ts';
import { callNextTurn } from './turn.ts';

const momentOrNull: Check = (at) =>
  at === undefined || at === null || milliseconds(at) === undefined
    ? undefined
    : 'a time of loop.time(), or null for no limit';

/**
 * Runs a block that may take `ms` milliseconds. When they are over, what it waits for is cancelled, and once the
 * block has cleaned up a `TimeoutError` is thrown. A block that ends with a value or another error all the same
 * keeps it. `null` means no limit, until `t.reschedule()`.
 *
 * @example
 * try {
 *   await timeout(10, async () => {
 *     await sleep(1000);
 *   });
 * } catch (error) {
 *   console.log(error instanceof TimeoutError); // true
 * }
 *
 * @throws TimeoutError when the time is over; its `cause` is the cancellation.
 * @see https://docs.python.org/3/library/asyncio-task.html#asyncio.timeout
 */
export function timeout<T>(ms: number | null | undefined, fn: (t: Timeout) => T | PromiseLike<T>): Promise<T> {
  checkArgument('ms', ms, millisecondsOrNull);
  return runTimed(ms === null || ms === undefined ? null : now() + ms, fn, throwTimeout, ms);
}

/** As `timeout`, with a moment on the scale of `loop.time()`. */
export function timeoutAt<T>(at: number | null | undefined, fn: (t: Timeout) => T | PromiseLike<T>): Promise<T> {
  checkArgument('at', at, momentOrNull);
  return runTimed(at ?? null, fn, throwTimeout, undefined);
}

/** As `timeout`, but gives `undefined` when the time is over. */
export function moveOnAfter<T>(
  ms: number | null | undefined,
  fn: (t: Timeout) => T | PromiseLike<T>,
): Promise<T | undefined> {
  checkArgument('ms', ms, millisecondsOrNull);
  return runTimed<T | undefined>(ms === null || ms === undefined ? null : now() + ms, fn, () => undefined, ms);
}

type OnExpired<T> = (ms: number | null | undefined, cause: unknown) => T;

function throwTimeout(ms: number | null | undefined, cause: unknown): never {
  throw new TimeoutError(ms === null || ms === undefined ? 'Timed out' : `Timed out after ${ms} ms`, { cause });
}

async function runTimed<T>(
  when: number | null,
  fn: (t: Timeout) => T | PromiseLike<T>,
  onExpired: OnExpired<T>,
  ms: number | null | undefined,
): Promise<T> {
  if (typeof fn !== 'function')
    throw new InvalidOptionError('fn', 'an async function, the block that may take so long', fn);
  const scope = openScope();
  const limit = new Timeout(scope, when);
  try {
    return await runIn(scope, fn, limit);
  } catch (error) {
    const outer = limit.outerCancellation(error);
    if (outer !== undefined) throw outer;
    if (limit.caused(error)) return onExpired(ms, error);
    if (limit.expired()) keepSuppressed(error, [new TimeoutError('Timed out before this error')]);
    throw error;
  } finally {
    limit.finish();
    scope.close();
  }
}

type TimeoutState = 'active' | 'expired' | 'finished';

/** The limit of a `timeout` block, as the block sees it. */
export class Timeout {
  readonly #scope: Scope;
  readonly #cancellingAtEntry: number;
  #when: number | null = null;
  #state: TimeoutState = 'active';
  #timer: Pick<Timer, 'cancel'> | undefined;

  /** For the library. */
  constructor(scope: Scope, when: number | null) {
    this.#scope = scope;
    this.#cancellingAtEntry = scope.task?.cancelling() ?? 0;
    this.#arm(when);
  }

  /** When it ends, on the scale of `loop.time()`; `null` for never. */
  when(): number | null {
    return this.#when;
  }

  /** Whether the time was over before the block ended. */
  expired(): boolean {
    return this.#state === 'expired';
  }

  /**
   * Moves the end; `null` for never.
   * @throws InvalidStateError when it has expired or the block has ended.
   */
  reschedule(at: number | null): void {
    checkArgument('at', at, momentOrNull);
    if (this.#state !== 'active') throw new InvalidStateError(`Cannot change state of ${this.#state} Timeout`);
    this.#timer?.cancel();
    this.#arm(at);
  }

  /** A cancellation from outside the block that came too; it wins over the timeout. */
  outerCancellation(error: unknown): unknown {
    if (!this.expired() || !isCancellationLike(error)) return undefined;
    if (this.#scope.inherited !== undefined) return this.#scope.inherited;
    const task = this.#scope.task;
    if (task === undefined || this.#scope.shielded || task.cancelling() <= this.#cancellingAtEntry) return undefined;
    const pending = task.pendingCancel;
    task.pendingCancel = undefined;
    return pending ?? error;
  }

  /** Whether an error the block ended with is this timeout's doing. */
  caused(error: unknown): boolean {
    return this.expired() && isCancellationLike(error);
  }

  finish(): void {
    this.#timer?.cancel();
    if (this.#state === 'active') this.#state = 'finished';
  }

  #arm(when: number | null): void {
    this.#when = when;
    this.#timer = undefined;
    if (when === null || when === Infinity) return;
    const left = when - now();
    if (left > 0) this.#timer = setTimer(left, () => this.#expire());
    else {
      // The block begins all the same: it is cancelled where it first waits for the loop, and not if it never does.
      this.#timer = { cancel: callNextTurn(() => this.#expire()) };
    }
  }

  #expire(): void {
    if (this.#state !== 'active') return;
    this.#state = 'expired';
    this.#scope.cancel(toCancelledError('The time is over', 'deadline'));
  }

  static {
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: Timeout): string {
        return `Timeout { ${this.#state}, when: ${this.#when} }`;
      },
    });
  }
}
