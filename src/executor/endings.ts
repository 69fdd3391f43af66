import { CancelledError, type WorkerLostError } from '../errors.ts';
import { RunningCancellation, type CancellationActs, type CancelOutcome } from './cancellation.ts';
import { endsBecauseAsked } from './job-error.ts';
import type { Job } from './job.ts';
import type { PoolSettings } from './options.ts';
import type { PoolTimers } from './pool-timers.ts';
import type { Seat } from './roster.ts';

/**
 * The ends a job can come to, each of them once: whatever comes second finds the job done and is dropped. Keeps count.
 */
export class Endings {
  completed = 0;
  failed = 0;
  cancelled = 0;
  readonly #cancellation: RunningCancellation;

  constructor(settings: PoolSettings, timers: PoolTimers, acts: Pick<CancellationActs, 'force' | 'interrupt'>) {
    this.#cancellation = new RunningCancellation(settings, timers, {
      ...acts,
      abandon: (job, outcome) => this.cancel(job, outcome),
    });
  }

  /** Asks a running job to end, and forces it as the pool's options say. */
  request(seat: Seat, job: Job, outcome: CancelOutcome): void {
    this.#cancellation.request(seat, job, outcome);
  }

  return(job: Job, value: unknown): void {
    this.#cancellation.take(job);
    if (job.done()) return;
    this.completed += 1;
    job.succeed(value);
    job.release();
  }

  throw(job: Job, error: unknown): void {
    const outcome = this.#cancellation.take(job);
    if (job.done()) return;
    if (outcome !== undefined && endsBecauseAsked(error)) this.cancel(job, outcome);
    else if (error instanceof CancelledError) this.cancel(job, error);
    else this.fail(job, error);
  }

  fail(job: Job, error: unknown): void {
    if (job.done()) return;
    this.failed += 1;
    job.fail(error);
    job.release();
  }

  cancel(job: Job, outcome: CancelOutcome): void {
    if (job.done()) return;
    job.end(outcome);
    if (job.cancelled()) this.cancelled += 1;
    else this.failed += 1;
    job.release();
  }

  /** Its worker is gone and had not begun it. The job, to be run elsewhere, unless somebody wanted its end meanwhile. */
  survive(job: Job): readonly Job[] {
    const outcome = this.#cancellation.take(job);
    if (outcome !== undefined) this.cancel(job, outcome);
    job.extras?.timer?.cancel();
    return job.done() ? [] : [job];
  }

  /** Its worker is gone. The jobs that are to be run for that: itself, or parts of it. */
  lose(job: Job, error: WorkerLostError): readonly Job[] {
    const outcome = this.#cancellation.take(job);
    if (outcome !== undefined) this.cancel(job, outcome);
    else if (!job.done()) {
      const parts = job.extras?.onLost?.();
      if (parts === undefined && job.mayRunAgain) {
        job.more.losses = (job.extras?.losses ?? 0) + 1;
        // The next try has a time, and calls, of its own.
        job.extras?.timer?.cancel();
        job.extras?.calls?.end();
        return [job];
      }
      this.fail(job, error);
      return parts ?? [];
    }
    return [];
  }
}
