import { InvalidOptionError } from '../errors.ts';
import { currentScope } from '../core/context.ts';
import { checkpointError, checkWaitOptions, rejected, type Wait, type WaitOptions } from '../core/wait.ts';
import type { Scope } from '../core/scope.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { AcquiredGuard, type Guard } from './guard.ts';
import { begin, handOver, HELD, HeldCall, promiseOf } from './held-run.ts';

export interface PermitStatistics {
  /** Permits that are free. */
  readonly value: number;
  /** Those that wait for one. */
  readonly waiting: number;
}

/**
 * A number of permits, given in the order they were asked for. A released permit goes straight to the first in line;
 * nobody who comes later can take it. `Lock`, `Semaphore` and `CapacityLimiter` are kinds of it.
 */
export abstract class Permits {
  #value: number;
  readonly #waiters: WaitQueue<Guard>;

  constructor(value: number) {
    this.#value = value;
    this.#waiters = new WaitQueue<Guard>({
      describe: () => this.describe('acquire'),
      deliver: (wait) => {
        this.taken();
        if (wait.kind === HELD) begin(wait);
        else wait.carry(new AcquiredGuard(this));
      },
      handBack: () => this.giveBack(),
    });
  }

  /** Permits that are free. */
  get value(): number {
    return this.#value;
  }

  /** True when `acquire()` would have to wait. */
  locked(): boolean {
    return this.#value <= 0;
  }

  /**
   * Waits for a permit. Gives a guard that releases it; `release()` does the same. A cancelled or timed-out wait
   * holds nothing.
   *
   * @throws CancelledError, TimeoutError
   */
  acquire(options?: WaitOptions): Promise<Guard> {
    if (options !== undefined) checkWaitOptions(options, this.describe('acquire'));
    const scope = currentScope();
    const error = checkpointError(scope, options);
    if (error !== undefined) return rejected(error);
    return this.#take(scope) ? Promise.resolve(new AcquiredGuard(this)) : this.#waiters.park(scope, options).promise;
  }

  /** Takes a permit if one is free now, else gives `undefined`. */
  tryAcquire(): Guard | undefined {
    return this.#take(undefined) ? new AcquiredGuard(this) : undefined;
  }

  /** Runs `fn` with a permit; at once when one is free. */
  run<T>(fn: () => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    if (options !== undefined) checkWaitOptions(options, this.describe('run'));
    if (typeof fn !== 'function') throw new InvalidOptionError('fn', 'a function', fn);
    const scope = currentScope();
    const error = checkpointError(scope, options);
    if (error !== undefined) return rejected(error);
    if (this.#take(scope)) return promiseOf(fn).then(this.#give, this.#fail);
    const wait = this.#waiters.park(scope, options, HELD) as Wait;
    wait.payload = new HeldCall(this, fn, wait);
    return wait.promise as Promise<T>;
  }

  /** What ends a `run()` that did not wait. Once for all of them: a promise is all that each costs. */
  readonly #give = <T>(value: T): T => {
    handOver(this);
    return value;
  };

  readonly #fail = (error: unknown): never => {
    handOver(this);
    throw error;
  };

  #take(scope: Scope | undefined): boolean {
    if (this.#value <= 0) return false;
    this.#value--;
    if (scope?.task !== undefined) scope.task.carrying = true;
    this.taken();
    return true;
  }

  /** A permit goes to somebody. */
  protected taken(): void {}

  /** Gives a permit back; the first who waits has it. */
  abstract release(): void;

  statistics(): PermitStatistics {
    return { value: this.#value, waiting: this.#waiters.size };
  }

  /** A call of one of its methods, for reports and messages: `lock.acquire()`. */
  protected abstract describe(method: string): string;

  protected giveBack(): void {
    if (this.#value < 0 || !this.#waiters.grant()) this.#value++;
  }

  /** More or fewer permits, from now on. Below zero until as many have been released. */
  protected change(by: number): void {
    for (let left = by; left > 0; left--) this.giveBack();
    if (by < 0) this.#value += by;
  }

  /** Waits for a permit whatever is cancelled meanwhile. */
  protected acquireUncancelled(): Promise<Guard> {
    if (this.#take(undefined)) return Promise.resolve(new AcquiredGuard(this));
    return this.#waiters.park(undefined, undefined).promise;
  }
}
