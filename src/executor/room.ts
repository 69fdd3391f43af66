import { QueueFullError } from '../errors.ts';
import type { WaitOptions } from '../core/wait.ts';
import type { JobQueue } from './job-queue.ts';
import type { PoolSettings } from './options.ts';
import type { Roster } from './roster.ts';
import { Waiters } from './waiters.ts';

/** Whether a pool's queue takes one more job, and those who wait until it does: backpressure. */
export class Room {
  readonly #settings: PoolSettings;
  readonly #queue: JobQueue;
  readonly #roster: Roster;
  readonly #waiters = new Waiters('pool.ready()');

  constructor(settings: PoolSettings, parts: { queue: JobQueue; roster: Roster }) {
    this.#settings = settings;
    this.#queue = parts.queue;
    this.#roster = parts.roster;
  }

  /** @throws QueueFullError */
  check(name: string): void {
    if (this.#isThere()) return;
    const waiting = `${name} has ${this.#queue.size} tasks waiting, its maxQueue is ${this.#settings.maxQueue}`;
    throw new QueueFullError(`${waiting}; await pool.ready() before submitting`);
  }

  /** Resolves when there is some, or `isOver()`. */
  async wait(options: WaitOptions, isOver: () => boolean): Promise<void> {
    while (!isOver() && !this.#isThere()) await this.#waiters.wait(options);
  }

  /** Something has changed. `all`: for good. */
  wake(all = false): void {
    if (this.#waiters.size > 0 && (all || this.#isThere())) this.#waiters.wakeAll();
  }

  /** Jobs that will get a worker at once do not count as waiting. */
  #isThere(): boolean {
    const { maxQueue, maxWorkers } = this.#settings;
    return this.#queue.size - (maxWorkers - this.#roster.busy) < maxQueue;
  }
}
