import type { Timer } from '../core/clock.ts';
import type { Job } from './job.ts';
import type { PoolTimers } from './pool-timers.ts';
import type { Seat } from './roster.ts';

/** Work that a worker may hold in advance: about this long. */
const AHEAD_MS = 1;
/** A worker that has answered nothing for this long is busy with something long. */
const STUCK_MS = 2;
/** Weight of a new measurement in the running mean. */
const WEIGHT = 0.25;

/** What early hand-over needs of the dispatcher. */
export interface EarlyActs {
  seats(): Iterable<Seat>;
  /** Takes back what this worker has not begun. */
  takeBack(seat: Seat): void;
}

/**
 * How many jobs a worker may hold while it runs one.
 *
 * Handing over only to a free worker, as Python does, costs a wake-up of both sides for every job. While jobs are short
 * a worker is given about a millisecond of work in advance, measured by how fast it answers; what it has not begun can
 * still be cancelled, or taken back for another worker. A job that turns out long must not hold up those behind it:
 * as long as anything is handed over early, a timer looks for workers that have stopped answering and empties them.
 */
export class EarlyHandOver {
  readonly #timers: PoolTimers;
  readonly #acts: EarlyActs;
  /** Running mean of the time between two answers of a busy worker. */
  #meanMs = Infinity;
  #window = 1;
  #timer: Timer | undefined;
  #since = 0;
  #busy = false;
  /** Answers since the last time they were all taken. */
  answers = 0;

  constructor(timers: PoolTimers, acts: EarlyActs) {
    this.#timers = timers;
    this.#acts = acts;
  }

  /** Jobs one worker may hold, the running one included. */
  get window(): number {
    return this.#window;
  }

  /** Whether this job may wait behind others in a worker. */
  allows(job: Job): boolean {
    return this.#window > 1 && job.mayWaitInWorker;
  }

  /** A worker that had nothing to do got something. */
  began(): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#since = performance.now();
  }

  /** What had arrived was taken; `busy` workers were at it. */
  drained(busy: number): void {
    if (this.answers === 0) return;
    const now = performance.now();
    const mean = ((now - this.#since) * Math.max(1, busy)) / this.answers;
    this.#meanMs = this.#meanMs === Infinity ? mean : this.#meanMs + (mean - this.#meanMs) * WEIGHT;
    this.#window = Math.max(1, Math.floor(AHEAD_MS / this.#meanMs));
    this.#since = now;
    this.answers = 0;
    this.#busy = false;
  }

  /** Something was handed over early: see to it that it does not wait for long. */
  watch(): void {
    if (this.#timer !== undefined) return;
    for (const seat of this.#acts.seats()) seat.answersSeen = seat.jobsDone;
    this.#timer = this.#timers.set(STUCK_MS, () => this.#look());
    this.#timer.setRef(false);
  }

  #look(): void {
    this.#timer = undefined;
    let early = false;
    for (const seat of this.#acts.seats()) {
      if (seat.behind.length === 0) continue;
      if (seat.jobsDone === seat.answersSeen) {
        this.#meanMs = Infinity;
        this.#window = 1;
        this.#acts.takeBack(seat);
      } else early = true;
    }
    if (early) this.watch();
  }
}
