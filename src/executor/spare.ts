import { MAX_TIMEOUT_MS } from '../core/clock.ts';
import type { PoolWorker } from './pool-worker.ts';

/**
 * A spare is started for a job that may have to be ended by force once the job has run for this long. One that was used is
 * replaced after the same time: the start of another would get in the way of the job it was used for.
 */
const WANT_AFTER_MS = 20;

/** A worker and its place in the pool's names, not in the pool yet. */
export interface Reserve {
  readonly worker: PoolWorker;
  readonly index: number;
  /** Its initializer has run. */
  ready: boolean;
}

export interface SpareActs {
  /** Starts a worker. Throws when it cannot be started. */
  start(): Reserve;
  /** Sends a worker home. */
  dismiss(reserve: Reserve): void;
  /** Whether some job is being run. */
  isBusy(): boolean;
}

/**
 * One worker more than the pool needs, started and ready, to take the place of one that is ended to stop its task: the
 * next task then waits for a hand-over instead of the start of a thread or a process.
 *
 * A pool in which nothing is ever ended by force pays nothing: the spare is started when a job with a signal or a
 * timeout has run for a while. From the first job on that was ended by force, with or without such a sign beforehand, any
 * job may be the next, and there is a spare whenever the pool is in use. It leaves after `idleTimeout` unless it is wanted
 * again.
 */
export class Spare {
  readonly #acts: SpareActs;
  readonly #idleTimeout: number;
  #reserve: Reserve | undefined;
  #startTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #closed = false;
  #hasForced = false;

  constructor(idleTimeout: number, acts: SpareActs) {
    this.#acts = acts;
    this.#idleTimeout = idleTimeout;
  }

  /** A job has begun. @param isLimited its caller has said that it may have to be ended by force. */
  jobBegan(isLimited: boolean): void {
    if (!isLimited && !this.#hasForced) return;
    if (this.#reserve === undefined) this.#startSoon();
    else this.#idleTimer?.refresh();
  }

  /** A worker was ended by force: likely not the last. */
  forced(): void {
    this.#hasForced = true;
    this.#start();
  }

  #startSoon(): void {
    if (this.#closed || this.#startTimer !== undefined) return;
    this.#startTimer = setTimeout(() => {
      this.#startTimer = undefined;
      if (this.#hasForced || this.#acts.isBusy()) this.#start();
    }, WANT_AFTER_MS);
    this.#startTimer.unref();
  }

  #start(): void {
    if (this.#closed || this.#reserve !== undefined) return;
    try {
      this.#reserve = this.#acts.start();
    } catch {
      // Nobody waits for it. The pool finds out for itself, and says so, when it needs a worker and cannot have one.
      return;
    }
    this.#reserve.worker.unref();
    // Longer than a timer can wait is for ever.
    if (this.#idleTimeout > MAX_TIMEOUT_MS) return;
    this.#idleTimer = setTimeout(() => this.dismiss(), this.#idleTimeout);
    this.#idleTimer.unref();
  }

  /** The reserve, to be used from now on; undefined if there is none. The next one will be needed as this one was. */
  take(): Reserve | undefined {
    const reserve = this.#forget();
    if (reserve !== undefined) this.#startSoon();
    return reserve;
  }

  /** A worker has started that has no seat: the reserve, unless it was sent home. */
  started(worker: PoolWorker): void {
    if (this.#reserve?.worker === worker) this.#reserve.ready = true;
  }

  /** A worker is gone; the reserve, if it was that one. */
  lost(worker: PoolWorker): Reserve | undefined {
    return this.#reserve?.worker === worker ? this.#forget() : undefined;
  }

  /** Sends the reserve home. */
  dismiss(): void {
    const reserve = this.#forget();
    if (reserve !== undefined) this.#acts.dismiss(reserve);
  }

  /** As `dismiss`, and none is started any more. */
  close(): void {
    this.#closed = true;
    this.dismiss();
  }

  #forget(): Reserve | undefined {
    const reserve = this.#reserve;
    this.#reserve = undefined;
    clearTimeout(this.#startTimer);
    clearTimeout(this.#idleTimer);
    this.#startTimer = undefined;
    return reserve;
  }
}
