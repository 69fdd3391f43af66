import { QueueFullError } from '../errors.ts';
import { currentScope } from '../core/context.ts';
import { checkpointError, rejected, type WaitOptions } from '../core/wait.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import type { JobQueue } from './job-queue.ts';
import type { PoolSettings } from './options.ts';
import type { Roster } from './roster.ts';

const NOW = Promise.resolve();

/**
 * Whether a pool's queue takes one more job, and those who wait until it does: backpressure.
 *
 * Who is told that there is room is promised it: several producers must not all be told of the same. A promise holds
 * until the next job comes, or until the end of this turn of the event loop, since nobody has to submit anything.
 */
export class Room {
  readonly #settings: PoolSettings;
  readonly #queue: JobQueue;
  readonly #roster: Roster;
  readonly #waiters = new WaitQueue<void>({
    describe: () => 'pool.ready()',
    deliver: (wait) => wait.resolve(),
    handBack: () => {
      this.take();
      this.wake();
    },
  });
  #promised = 0;
  /** The end of this turn takes promises back. */
  #endsSoon = false;
  /** No more job is taken. */
  #isClosed = false;

  constructor(settings: PoolSettings, parts: { queue: JobQueue; roster: Roster }) {
    this.#settings = settings;
    this.#queue = parts.queue;
    this.#roster = parts.roster;
  }

  /**
   * A job is about to come.
   * @throws QueueFullError
   */
  check(name: string): void {
    if (this.#settings.maxQueue === Infinity) return;
    if (!this.#isThere()) {
      const waiting = `${name} has ${this.#waiting} tasks waiting, its maxQueue is ${this.#settings.maxQueue}`;
      throw new QueueFullError(`${waiting}; await pool.ready() before submitting`);
    }
    this.take();
  }

  /** The same, whether there is room or not. */
  take(): void {
    if (this.#promised > 0) this.#promised -= 1;
  }

  /** Resolves when there is some, or no more job is taken. */
  wait(options: WaitOptions): Promise<void> {
    const scope = currentScope();
    const error = checkpointError(scope, options);
    if (error !== undefined) return rejected(error);
    return this.#promiseNow() ? NOW : this.#waiters.park(scope, options).promise;
  }

  /** The same for the library's own work, which no scope ends; undefined when there is some now, or never will be. */
  whenThere(): Promise<void> | undefined {
    return this.#promiseNow() ? undefined : this.#waiters.park(undefined, undefined).promise;
  }

  /** Something has changed. */
  wake(): void {
    while (this.#waiters.size > 0 && this.#promise()) this.#waiters.grant();
  }

  /** No more job is taken: nobody is to wait for that. */
  close(): void {
    this.#isClosed = true;
    this.#waiters.grantAll();
  }

  /** First come, first served. */
  #promiseNow(): boolean {
    if (this.#isClosed || this.#settings.maxQueue === Infinity) return true;
    this.wake();
    return this.#waiters.size === 0 && this.#promise();
  }

  #promise(): boolean {
    if (!this.#isThere(this.#promised)) return false;
    this.#promised += 1;
    if (this.#endsSoon) return true;
    this.#endsSoon = true;
    setImmediate(() => {
      this.#endsSoon = false;
      this.#promised = 0;
      this.wake();
    });
    return true;
  }

  /** Jobs that will get a worker at once do not count as waiting. */
  #isThere(more = 0): boolean {
    const { maxQueue, maxWorkers } = this.#settings;
    return this.#waiting + more - (maxWorkers - this.#roster.busy) < maxQueue;
  }

  /** Wherever they wait. */
  get #waiting(): number {
    let waiting = this.#queue.size;
    for (const { behind, pinned } of this.#roster) waiting += behind.length + pinned.length;
    return waiting;
  }
}
