import type { Timer } from '../core/clock.ts';
import type { CancelledError, TimeoutError } from '../errors.ts';
import type { Job } from './job.ts';
import type { PoolSettings } from './options.ts';
import type { PoolTimers } from './pool-timers.ts';
import type { Seat } from './roster.ts';
import { Standstill } from './standstill.ts';

/** How a job ends that was cancelled, or whose time is up. */
export type CancelOutcome = CancelledError | TimeoutError;

/** A task that has looked whether it should end gets this long to do so, unless `graceMs` says otherwise. */
const GRACE_FOR_LISTENERS_MS = 500;

interface Request {
  readonly outcome: CancelOutcome;
  timer: Timer | undefined;
  /** The interruption that is under way. One that does not work, as in a native call, leaves only the end of the worker. */
  standstill: Standstill | undefined;
}

/** What the ladder needs of the dispatcher. */
export interface CancellationActs {
  /** Ends the job now and its worker with it. */
  force(seat: Seat, outcome: CancelOutcome): void;
  /**
   * Stops the job's code and keeps its worker, which answers for it. False when this cannot be done.
   * @param onStep called when it has come a step further.
   */
  interrupt(seat: Seat, job: Job, onStep: () => void): boolean;
  /** Ends the job now; its worker stays taken until it really ends. */
  abandon(job: Job, outcome: CancelOutcome): void;
}

/**
 * Cancelling what already runs: the task is asked, then, by `cancelMode`, it is interrupted, its worker is ended, it is
 * waited for, or it is left to itself. An interruption that does not help is followed by the end of the worker.
 */
export class RunningCancellation {
  readonly #settings: PoolSettings;
  readonly #timers: PoolTimers;
  readonly #acts: CancellationActs;
  readonly #requests = new Map<Job, Request>();

  constructor(settings: PoolSettings, timers: PoolTimers, acts: CancellationActs) {
    this.#settings = settings;
    this.#timers = timers;
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
    const request: Request = { outcome, timer: undefined, standstill: undefined };
    this.#requests.set(job, request);
    if (cancelMode === 'cooperative') return;
    const grace = this.#settings.graceMs ?? (seat.worker.hasLooked(job) ? GRACE_FOR_LISTENERS_MS : 0);
    if (grace === 0) this.#stop(seat, job, request);
    else request.timer = this.#timers.set(grace, () => this.#stop(seat, job, request));
  }

  /** The job has ended; how it was meant to, if it was asked. */
  take(job: Job): CancelOutcome | undefined {
    const request = this.#requests.get(job);
    if (request === undefined) return undefined;
    request.timer?.cancel();
    request.standstill?.stop();
    this.#requests.delete(job);
    return request.outcome;
  }

  #stop(seat: Seat, job: Job, request: Request): void {
    const interrupts = this.#settings.cancelMode === 'interrupt' && seat.job === job;
    const force = (): void => this.#force(seat, job, request.outcome);
    if (interrupts && this.#acts.interrupt(seat, job, () => request.standstill?.step()))
      request.standstill = new Standstill(this.#timers, seat.worker, { isOver: () => false, onStandstill: force });
    else force();
  }

  #force(seat: Seat, job: Job, outcome: CancelOutcome): void {
    this.take(job);
    if (seat.job === job) this.#acts.force(seat, outcome);
  }
}
