import { inspect } from 'node:util';
import { InvalidOptionError, InvalidStateError } from '../errors.ts';
import { now } from '../core/clock.ts';
import { currentScope } from '../core/context.ts';
import { aCount, aFunction, checkArgument } from '../core/options.ts';
import { checkpointError, checkWaitOptions, type WaitOptions } from '../core/wait.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import type { Guard } from './guard.ts';
import { Lock } from './lock.ts';

export interface ConditionStatistics {
  readonly locked: boolean;
  /** Those that wait to be notified. */
  readonly waiting: number;
}

/**
 * Lets tasks that hold a lock wait until another that holds it says that something has changed. Waiting gives the lock
 * up and always takes it again before it ends, by whatever it ends.
 *
 * @example
 * const condition = new Condition();
 * let ready = false;
 * const waiting = createTask(() => condition.run(() => condition.waitFor(() => ready)));
 * await condition.run(() => {
 *   ready = true;
 *   condition.notifyAll();
 * });
 * await waiting;
 *
 * @see https://docs.python.org/3/library/asyncio-sync.html#asyncio.Condition
 */
export class Condition {
  readonly #lock: Lock;
  readonly #waiters = new WaitQueue<true>({
    describe: () => 'condition.wait()',
    deliver: (wait) => wait.resolve(true),
    handBack: () => void this.#waiters.grant(),
  });

  constructor(lock: Lock = new Lock()) {
    if (!(lock instanceof Lock)) throw new InvalidOptionError('lock', 'a Lock', lock);
    this.#lock = lock;
  }

  acquire(options?: WaitOptions): Promise<Guard> {
    return this.#lock.acquire(options);
  }

  tryAcquire(): Guard | undefined {
    return this.#lock.tryAcquire();
  }

  release(): void {
    this.#lock.release();
  }

  locked(): boolean {
    return this.#lock.locked();
  }

  /** Runs `fn` with the lock. */
  run<T>(fn: () => T | PromiseLike<T>, options?: WaitOptions): Promise<T> {
    return this.#lock.run(fn, options);
  }

  /**
   * Gives the lock up, waits for a notification, takes the lock again. It may wake without reason: check what you wait
   * for, or use `waitFor`. When cancelled or timed out the lock is held all the same, and a notification that was
   * on its way goes to another.
   * @throws InvalidStateError when the lock is not held.
   */
  async wait(options?: WaitOptions): Promise<true> {
    checkWaitOptions(options, 'condition.wait()');
    if (!this.#lock.locked()) throw new InvalidStateError('cannot wait on un-acquired lock');
    const scope = currentScope();
    const error = checkpointError(scope, options);
    if (error !== undefined) throw error;
    const wait = this.#waiters.park(scope, options);
    this.#lock.release();
    try {
      await wait.promise;
    } finally {
      await this.#lock.reacquire();
    }
    const late = checkpointError(scope);
    if (late === undefined) return true;
    // Cancelled while it took the lock again: somebody else must have the notification.
    this.#waiters.grant();
    throw late;
  }

  /** Waits until `predicate` gives something true, and gives that. Looks before the first wait. */
  async waitFor<T>(predicate: () => T, options: WaitOptions = {}): Promise<T> {
    checkWaitOptions(options, 'condition.waitFor()');
    checkArgument('predicate', predicate, aFunction);
    const { timeout, signal } = options;
    const deadline = timeout === undefined ? undefined : now() + timeout;
    let result = predicate();
    while (!result) {
      await this.wait({ signal, timeout: deadline === undefined ? undefined : Math.max(deadline - now(), 0) });
      result = predicate();
    }
    return result;
  }

  /**
   * Wakes `n` of those who wait, first come first; they run when they have the lock.
   * @throws InvalidStateError when the lock is not held.
   */
  notify(n = 1): void {
    checkArgument('n', n, aCount(0));
    if (!this.#lock.locked()) throw new InvalidStateError('cannot notify on un-acquired lock');
    for (let left = n; left > 0 && this.#waiters.grant(); left--);
  }

  notifyAll(): void {
    this.notify(this.#waiters.size);
  }

  statistics(): ConditionStatistics {
    return { locked: this.#lock.locked(), waiting: this.#waiters.size };
  }

  static {
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: Condition): string {
        const { locked, waiting } = this.statistics();
        return `Condition { ${locked ? 'locked' : 'unlocked'}${waiting > 0 ? `, waiters: ${waiting}` : ''} }`;
      },
    });
  }
}
