import type { Job } from './job.ts';

/** Counts of what was submitted to a pool and how it ended. */
export class Tally {
  submitted = 0;
  completed = 0;
  failed = 0;
  cancelled = 0;
  /** Workers that died under a job or while starting. */
  lost = 0;

  /** Ends a job, counts how, and lets go of what it carried. Nothing if it has ended before. */
  settle(job: Job, end: () => void): void {
    clearTimeout(job.timer);
    if (job.done()) return;
    end();
    if (job.cancelled()) this.cancelled += 1;
    else if (job.failed) this.failed += 1;
    else this.completed += 1;
    job.release();
  }
}
