import type { CancelledError, TimeoutError } from '../errors.ts';
import type { Job } from './job.ts';
import type { PoolSettings } from './options.ts';
import type { Seat } from './roster.ts';

/** How a job ends that was cancelled, or whose time is up. */
export type CancelOutcome = CancelledError | TimeoutError;

/** A task that has looked whether it should end gets this long to do so, unless `graceMs` says otherwise. */
const GRACE_FOR_LISTENERS_MS = 500;

interface Request {
  readonly outcome: CancelOutcome;
  timer: NodeJS.Timeout | undefined;
}

/** What the ladder needs of the dispatcher. */
export interface CancellationActs {
  /** Ends the job now and its worker with it. */
  force(seat: Seat, outcome: CancelOutcome): void;
  /** Ends the job now; its worker stays taken until it really ends. */
  abandon(job: Job, outcome: CancelOutcome): void;
}

/**
 * Cancelling what already runs: the task is asked, then, by `cancelMode`, its worker is ended, the task is waited for,
 * or it is left to itself.
 */
export class RunningCancellation {
  readonly #settings: PoolSettings;
  readonly #acts: CancellationActs;
  readonly #requests = new Map<Job, Request>();

  constructor(settings: PoolSettings, acts: CancellationActs) {
    this.#settings = settings;
    this.#acts = acts;
  }

  /** Starts the ladder. A second request changes nothing: the first one says how the job ends. */
  request(seat: Seat, job: Job, outcome: CancelOutcome): void {
    if (this.#requests.has(job)) return;
    seat.worker.requestCancel(job);
    const { cancelMode } = this.#settings;
    if (cancelMode === 'abandon') {
      this.#acts.abandon(job, outcome);
      return;
    }
    const request: Request = { outcome, timer: undefined };
    this.#requests.set(job, request);
    if (cancelMode === 'cooperative') return;
    const grace = this.#settings.graceMs ?? (seat.worker.hasLooked(job) ? GRACE_FOR_LISTENERS_MS : 0);
    if (grace === 0) this.#force(seat, job, outcome);
    else request.timer = setTimeout(() => this.#force(seat, job, outcome), grace);
  }

  /** The job has ended; how it was meant to, if it was asked. */
  take(job: Job): CancelOutcome | undefined {
    const request = this.#requests.get(job);
    if (request === undefined) return undefined;
    clearTimeout(request.timer);
    this.#requests.delete(job);
    return request.outcome;
  }

  #force(seat: Seat, job: Job, outcome: CancelOutcome): void {
    this.take(job);
    if (seat.job === job) this.#acts.force(seat, outcome);
  }
}
