import type { Job } from './job.ts';
import type { JobQueue } from './job-queue.ts';
import { Nesting } from './nesting.ts';
import type { PoolSettings } from './options.ts';
import type { PoolTimers } from './pool-timers.ts';
import type { Roster, Seat } from './roster.ts';
import { Sizing } from './sizing.ts';
import { Starts } from './starts.ts';

/** What growing needs of the dispatcher. */
export interface GrowthActs {
  /** A worker that can begin at once has come. */
  use(seat: Seat): void;
  /** No worker can be had. */
  giveUp(cause: unknown): void;
  isBroken(): boolean;
}

/** Starts workers for the jobs that wait, as many as are worth it. */
export class Growth {
  readonly starts: Starts = new Starts();
  readonly nesting: Nesting = new Nesting();
  readonly #settings: PoolSettings;
  readonly #queue: JobQueue;
  readonly #roster: Roster;
  readonly #acts: GrowthActs;
  readonly #sizing: Sizing;

  constructor(
    settings: PoolSettings,
    parts: { queue: JobQueue; roster: Roster; timers: PoolTimers },
    acts: GrowthActs,
  ) {
    this.#settings = settings;
    this.#queue = parts.queue;
    this.#roster = parts.roster;
    this.#acts = acts;
    this.#sizing = new Sizing(
      parts.timers,
      () => this.#roster.seats(),
      (count) => this.#startUpTo(count),
    );
  }

  /** @param replaced workers lost just now, which may be replaced whatever the pool's size. */
  grow(replaced = 0): void {
    if (this.#wanted() <= 0) return;
    if (this.#roster.size === 0 && this.starts.isPaused) this.#acts.giveUp(this.starts.cause);
    else this.#startUpTo(Math.max(replaced, this.#sizing.allowance(this.#roster.size)));
  }

  /**
   * Starts the first worker for a job that is being made. To find out what a function uses takes as long as a thread
   * needs to start; so both happen at once. What goes wrong here goes wrong again, and is told, when the job is there.
   */
  prepare(): void {
    if (this.#roster.size > 0 || this.#acts.isBroken() || this.starts.isPaused) return;
    try {
      const seat = this.#roster.spawn();
      if (seat.phase !== 'starting') this.#acts.use(seat);
    } catch {
      // Nothing was started.
    }
  }

  /**
   * One worker more. A pool that cannot start it goes on with those it has; without any it is broken.
   * @param pinned jobs that only this worker may run.
   */
  spawn(pinned: readonly Job[] = []): Seat | undefined {
    if (this.#acts.isBroken()) return undefined;
    let seat: Seat;
    try {
      seat = this.#roster.spawn();
    } catch (error) {
      this.starts.failed(error);
      if (this.#roster.size === 0) this.#acts.giveUp(error);
      return undefined;
    }
    seat.pinned.push(...pinned);
    if (seat.phase !== 'starting') this.#acts.use(seat);
    return seat;
  }

  /** Starts workers until there are so many, or no more can be had. */
  fill(count: number): void {
    while (this.#roster.size < count && this.spawn() !== undefined);
  }

  /** It has workers that were started for jobs that waited for others, and do no more. */
  get isOver(): boolean {
    const over = this.#roster.size - this.#settings.maxWorkers;
    return over > 0 && over > this.nesting.callers;
  }

  /** True when that was not enough for all jobs: the pool would like to be larger than it is worth just now. */
  #startUpTo(count: number): boolean {
    for (let started = 0; started < count && this.#mayStart(); started++) this.spawn();
    const wantsMore = this.#mayStart();
    if (wantsMore) this.#sizing.watch();
    return wantsMore;
  }

  #mayStart(): boolean {
    return this.#wanted() > 0 && !this.starts.isPaused;
  }

  /** Workers to start so that every waiting job had one. */
  #wanted(): number {
    if (this.#acts.isBroken()) return 0;
    const most = this.#settings.maxWorkers + this.nesting.waiting;
    return Math.min(this.#queue.size - this.#roster.starting, most - this.#roster.size);
  }
}
