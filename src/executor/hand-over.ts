import { currentClock } from '../core/clock.ts';
import { TimeoutError, type WorkerLostError } from '../errors.ts';
import type { CancelOutcome } from './cancellation.ts';
import { EarlyHandOver } from './early.ts';
import type { Endings } from './endings.ts';
import { submittedHere } from './job-error.ts';
import type { Job } from './job.ts';
import type { JobQueue } from './job-queue.ts';
import type { PoolSettings } from './options.ts';
import { canBeSentAgain, mustBeKept } from './payload.ts';
import type { PoolTimers } from './pool-timers.ts';
import type { WorkerHost } from './pool-worker.ts';
import type { Roster, Seat } from './roster.ts';
import { Standstill } from './standstill.ts';

/** A worker that has not said for so long which of its jobs have begun is ended all the same. */
const CLEAR_WITHIN_MS = 500;

/** What handing over needs of the dispatcher. */
export interface HandOverActs {
  /** Jobs have come back to the queue. */
  assign(): void;
  /** A worker from which everything was taken back does not get on: ends it, another takes its place. */
  replace(seat: Seat): void;
}

/**
 * Gives jobs to workers and takes them back: from the queue to a seat, where the first is run and the others wait
 * behind it, and from there to the head of the queue again.
 */
export class HandOver {
  readonly early: EarlyHandOver;
  readonly #settings: PoolSettings;
  readonly #queue: JobQueue;
  readonly #roster: Roster;
  readonly #endings: Endings;
  readonly #host: WorkerHost;
  readonly #timers: PoolTimers;
  readonly #acts: HandOverActs;

  constructor(
    settings: PoolSettings,
    parts: { queue: JobQueue; roster: Roster; endings: Endings; host: WorkerHost; timers: PoolTimers },
    acts: HandOverActs,
  ) {
    this.#settings = settings;
    this.#queue = parts.queue;
    this.#roster = parts.roster;
    this.#endings = parts.endings;
    this.#host = parts.host;
    this.#timers = parts.timers;
    this.#acts = acts;
    this.early = new EarlyHandOver(parts.timers, {
      seats: () => this.#roster,
      takeBack: (seat) => {
        this.takeBack(seat);
        acts.assign();
      },
    });
  }

  /**
   * Gives a new job to an idle worker, or early to a busy one. False when it has to wait here.
   * @throws SerializationError when it cannot be sent.
   */
  offer(job: Job): boolean {
    const idle = this.#roster.takeIdle();
    if (idle === undefined) {
      const seat = this.#leastLoaded(job);
      if (seat === undefined) return false;
      // It may be taken back and sent again, so it needs values of its own.
      this.keep(job);
      return job.mayWaitInWorker && this.#give(seat, job);
    }
    try {
      if (job.mayRunAgain || job.isDivisible) this.keep(job);
      if (this.#give(idle, job)) return true;
    } catch (error) {
      this.#roster.setIdle(idle);
      throw error;
    }
    this.awaitRoom(idle);
    return false;
  }

  /**
   * A free worker may have no room: what was taken back stands in its ring until it has passed that. It is busy until it
   * says that there is room, and keeps the program running.
   */
  awaitRoom(seat: Seat): void {
    if (!this.#settings.daemon) seat.worker.ref();
  }

  /** Gives a worker as much of the queue as it may hold. False when it has nothing to do after that. */
  fill(seat: Seat): boolean {
    while (this.#mayHold(seat)) {
      const pinned = seat.job === undefined ? seat.pinned.shift() : undefined;
      const job = pinned ?? this.#queue.shift();
      if (job === undefined) break;
      if (job.done()) continue;
      if ((seat.job !== undefined && !this.early.allows(job)) || !this.#giveQueued(seat, job)) {
        if (pinned === undefined) this.#queue.pushFront(job);
        else seat.pinned.unshift(pinned);
        break;
      }
    }
    return seat.job !== undefined;
  }

  /** Takes a job off its seat; the next one in the worker moves up. */
  leave(seat: Seat, job: Job): void {
    job.extras?.timer?.cancel();
    if (seat.job === job) {
      seat.job = seat.behind.shift();
      if (seat.doom !== undefined) {
        // It has ended by itself; what the worker runs now must not be hit.
        seat.doom = undefined;
        seat.held = false;
      }
    } else seat.behind.remove(job);
    job.seat = undefined;
  }

  /** Takes back what a worker has not begun, or asks for it. */
  takeBack(seat: Seat): void {
    const taken = seat.behind.takeWhere((job) => seat.worker.revoke(job) === true);
    if (taken.length > 0) this.requeue(taken);
  }

  /** Jobs that a worker was asked for are back. */
  recalled(seat: Seat, jobs: readonly Job[]): void {
    const gone = new Set(jobs);
    seat.behind.takeWhere((job) => gone.has(job));
    if (seat.job !== undefined && gone.has(seat.job)) this.leave(seat, seat.job);
    this.requeue(jobs);
  }

  /**
   * Cancels a job that its worker has not begun, as far as is known here. Where the worker has to be asked, the job keeps
   * its place until the answer; should it have begun, it is ended as one that runs. False when it runs.
   */
  withdraw(seat: Seat, job: Job, outcome: CancelOutcome): boolean {
    const revoked = seat.worker.revoke(job);
    if (revoked === false) return false;
    this.#endings.cancel(job, outcome);
    if (revoked === true) this.leave(seat, job);
    return true;
  }

  /** Cancels all that a worker has not begun. */
  withdrawAll(seat: Seat, outcome: CancelOutcome): void {
    const behind = [...seat.behind];
    for (const job of behind) this.withdraw(seat, job, outcome);
  }

  /**
   * Takes back what stands behind the running job, so that the end of its worker hits nothing else.
   *
   * What is not back at once may have begun: then the job has ended, and its answer is under way. Or its worker has to be
   * asked: `recalled` goes on, or, if the worker does not answer, the end of the worker.
   * @returns whether nothing stands there any more.
   */
  clear(seat: Seat, outcome: CancelOutcome): boolean {
    this.takeBack(seat);
    if (seat.behind.length === 0) return true;
    if (seat.doom !== undefined) return false;
    seat.doom = outcome;
    seat.held = true;
    const timer = this.#timers.set(CLEAR_WITHIN_MS, () => {
      if (seat.doom === outcome && seat.phase !== 'leaving') void seat.worker.terminate();
    });
    timer.setRef(false);
    return false;
  }

  /**
   * A worker is gone: what it had not begun goes back to the queue, the rest is lost.
   * @returns how many jobs that adds to the pool: parts of those that were lost, to be run again.
   */
  lose(seat: Seat, error: WorkerLostError): number {
    const held = seat.behind.takeAll();
    if (seat.job !== undefined) held.unshift(seat.job);
    seat.job = undefined;
    const again = held.map((job) => {
      const survives = !seat.worker.hasBegun(job) && (job.payload === undefined || canBeSentAgain(job.payload));
      return { job, jobs: survives ? this.#endings.survive(job) : this.#endings.lose(job, error) };
    });
    let added = 0;
    for (const { job, jobs } of again.toReversed()) added += this.#runAgain(seat, job, jobs);
    return added;
  }

  /**
   * Stops what a worker is doing; it gets nothing until the cut has hit, or its next job would be the one that is cut.
   * @param onStep called when it has come a step further.
   * @param onFree called when it can be given jobs again.
   * @returns false when its code cannot be stopped: that takes the event loop.
   */
  interrupt(seat: Seat, job: Job, onStep: () => void, onFree: () => void): boolean {
    if (seat.worker.interrupt === undefined || this.#timers.isBlocked) return false;
    this.takeBack(seat);
    // It has begun the next one: this job has ended, its answer is under way.
    if (seat.behind.length > 0) return true;
    const stopped = seat.worker.interrupt(job, onStep);
    if (stopped === undefined) return false;
    seat.held = true;
    seat.hasLeftovers = true;
    void stopped.then(() => {
      seat.held = false;
      onFree();
    });
    return true;
  }

  /** Back to the head of the queue, in their order. */
  requeue(jobs: readonly Job[]): void {
    for (const job of jobs.toReversed()) {
      job.seat = undefined;
      if (!job.done()) this.#queue.pushFront(job);
    }
  }

  /** Copies what the caller could still change. */
  keep(job: Job): void {
    if (job.payload !== undefined && mustBeKept(job.payload)) job.payload = this.#host.keep(job);
  }

  /**
   * What is to be run again of a lost job goes to whoever may run it, before everything else.
   * @param again the job itself, or parts of it.
   * @returns how many jobs that adds to the pool.
   */
  #runAgain(seat: Seat, job: Job, again: readonly Job[]): number {
    const added = again.filter((one) => one !== job && !one.done());
    for (const one of added) this.keep(one);
    if (job.extras?.pinned !== true) this.requeue(again);
    else {
      for (const one of again) {
        one.seat = undefined;
        one.more.pinned = true;
      }
      seat.pinned.unshift(...again);
    }
    return added.length;
  }

  /** A job from the queue that cannot be sent fails; there is nobody left to throw at. */
  #giveQueued(seat: Seat, job: Job): boolean {
    try {
      return this.#give(seat, job);
    } catch (error) {
      this.#endings.fail(job, error);
      return true;
    }
  }

  /** False when the worker has no room just now. */
  #give(seat: Seat, job: Job): boolean {
    if (!seat.worker.post(job)) return false;
    job.seat = seat;
    if (seat.job === undefined) {
      seat.job = job;
      this.early.began();
      if (!this.#settings.daemon) seat.worker.ref();
    } else {
      seat.behind.push(job);
      this.early.watch();
    }
    if (seat.hasLeftovers) this.#watch(seat);
    job.extras?.onStart?.(seat.worker.name);
    this.#startTimer(seat, job);
    return true;
  }

  /** Sees to it that a worker begins what it was given, whatever an interrupted task has left behind in it. */
  #watch(seat: Seat): void {
    if (seat.isWatched) return;
    seat.isWatched = true;
    const isOver = (): boolean => {
      seat.isWatched = seat.phase === 'busy' && seat.job !== undefined && !seat.worker.hasBegun(seat.job);
      return !seat.isWatched;
    };
    const onStandstill = (): void => {
      seat.isWatched = false;
      if (this.#evacuate(seat)) this.#acts.replace(seat);
    };
    // oxlint-disable-next-line no-new -- it lives as long as its timer
    new Standstill(this.#timers, seat.worker, { isOver, onStandstill }, false);
  }

  /** Takes everything back from a worker. False when it has begun something meanwhile. */
  #evacuate(seat: Seat): boolean {
    this.takeBack(seat);
    const { job } = seat;
    if (job === undefined || seat.behind.length > 0 || seat.worker.revoke(job) !== true) return false;
    this.leave(seat, job);
    if (job.extras?.pinned === true) seat.pinned.unshift(job);
    else this.requeue([job]);
    return true;
  }

  #startTimer(seat: Seat, job: Job): void {
    const { timeout, signal } = job.spec.options;
    const isLimited = timeout !== undefined || signal !== undefined;
    if (this.#settings.cancelMode === 'terminate') this.#roster.spare.jobBegan(isLimited);
    if (timeout === undefined || timeout === Infinity) return;
    const expire = (): void => {
      const error = new TimeoutError(`${JSON.stringify(job.name)} ran longer than its timeout of ${timeout} ms`);
      this.#endings.request(seat, job, submittedHere(error, job));
    };
    job.more.timer = this.#timers.set(timeout, expire, currentClock());
  }

  /** To wait in the queue: with values of its own. @throws SerializationError */
  enqueue(job: Job): void {
    this.keep(job);
    this.#queue.push(job);
  }

  #leastLoaded(job: Job): Seat | undefined {
    if (!this.early.allows(job)) return undefined;
    let best: Seat | undefined;
    for (const seat of this.#roster) {
      const fewer = seat.behind.length < (best?.behind.length ?? Infinity);
      if (fewer && seat.phase === 'busy' && this.#mayHold(seat)) best = seat;
    }
    return best;
  }

  #mayHold(seat: Seat): boolean {
    if (seat.held || seat.retiring || seat.jobsDone >= this.#settings.maxTasksPerWorker) return false;
    if (seat.job === undefined) return true;
    const held = 1 + seat.behind.length;
    const left = this.#settings.maxTasksPerWorker - seat.jobsDone;
    return held < this.early.window && held < seat.worker.capacity && held < left;
  }
}
