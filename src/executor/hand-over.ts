import { TimeoutError } from '../errors.ts';
import { EarlyHandOver } from './early.ts';
import type { Endings } from './endings.ts';
import type { Job } from './job.ts';
import type { JobQueue } from './job-queue.ts';
import type { PoolSettings } from './options.ts';
import type { Roster, Seat } from './roster.ts';

/** `full`: the worker has no room just now. `failed`: the job cannot be sent, its future says why. */
type HandOverResult = 'taken' | 'full' | 'failed';

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

  /** @param onTakenBack jobs have come back to the queue. */
  constructor(
    settings: PoolSettings,
    parts: { queue: JobQueue; roster: Roster; endings: Endings },
    onTakenBack: () => void,
  ) {
    this.#settings = settings;
    this.#queue = parts.queue;
    this.#roster = parts.roster;
    this.#endings = parts.endings;
    this.early = new EarlyHandOver({
      seats: () => this.#roster,
      takeBack: (seat) => {
        this.takeBack(seat);
        onTakenBack();
      },
    });
  }

  /** Gives a new job to an idle worker, or early to a busy one. False when it has to wait here. */
  offer(job: Job): boolean {
    const idle = this.#roster.takeIdle();
    const seat = idle ?? this.#leastLoaded(job);
    if (seat === undefined) return false;
    const result = this.#give(seat, job);
    if (idle !== undefined && result !== 'taken') this.#roster.setIdle(idle);
    return result !== 'full';
  }

  /** Gives a worker as much of the queue as it may hold. False when it has nothing to do after that. */
  fill(seat: Seat): boolean {
    while (this.#mayHold(seat)) {
      const pinned = seat.job === undefined ? seat.pinned.shift() : undefined;
      const job = pinned ?? this.#queue.shift();
      if (job === undefined) break;
      if (job.done()) continue;
      const waits = seat.job !== undefined;
      if ((waits && !this.early.allows(job)) || this.#give(seat, job) === 'full') {
        this.#queue.pushFront(job);
        break;
      }
    }
    return seat.job !== undefined;
  }

  /** Takes a job off its seat; the next one in the worker moves up. */
  leave(seat: Seat, job: Job): void {
    if (job.timer !== undefined) clearTimeout(job.timer);
    if (seat.job === job) seat.job = seat.behind.shift();
    else seat.behind.splice(seat.behind.indexOf(job), 1);
    job.seat = undefined;
  }

  /** Takes back what a worker has not begun. */
  takeBack(seat: Seat): void {
    const taken = seat.behind.filter((job) => seat.worker.revoke(job));
    if (taken.length === 0) return;
    const left = seat.behind.filter((job) => !taken.includes(job));
    seat.behind.splice(0, seat.behind.length, ...left);
    this.requeue(taken);
  }

  /** Back to the head of the queue, in their order. */
  requeue(jobs: readonly Job[]): void {
    for (const job of jobs.toReversed()) {
      job.seat = undefined;
      this.#queue.pushFront(job);
    }
  }

  #give(seat: Seat, job: Job): HandOverResult {
    try {
      if (!seat.worker.post(job)) return 'full';
    } catch (error) {
      this.#endings.fail(job, error);
      return 'failed';
    }
    job.seat = seat;
    job.worker = seat.worker.name;
    if (seat.job === undefined) {
      seat.job = job;
      this.early.began();
      if (!this.#settings.daemon) seat.worker.ref();
    } else {
      seat.behind.push(job);
      this.early.watch();
    }
    job.onStart?.();
    this.#startTimer(seat, job);
    return 'taken';
  }

  #startTimer(seat: Seat, job: Job): void {
    const { timeout } = job.spec.options;
    if (timeout === undefined || timeout === Infinity) return;
    const expire = (): void => {
      this.#endings.request(seat, job, new TimeoutError(`${job.name} ran longer than its timeout of ${timeout} ms`));
    };
    job.timer = setTimeout(expire, Math.min(timeout, 0x7fffffff));
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
    if (seat.retiring || seat.jobsDone >= this.#settings.maxTasksPerWorker) return false;
    if (seat.job === undefined) return true;
    const held = 1 + seat.behind.length;
    const left = this.#settings.maxTasksPerWorker - seat.jobsDone;
    return held < this.early.window && held < seat.worker.capacity && held < left;
  }
}
