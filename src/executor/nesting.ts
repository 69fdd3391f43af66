import { ContextVar } from '../core/context-var.ts';
import type { Job } from './job.ts';

/** The job for which this code runs: it has called back, and waits for what comes of it. */
export const callingJob: ContextVar<Job> = new ContextVar<Job>('offloop.callingJob', { local: true });

/**
 * Jobs that submit to the pool that runs them, through a callback, and wait for the result. In a pool whose workers all
 * did that, nobody would be left to run what they wait for; so it may have one worker more for each of them.
 */
export class Nesting {
  readonly #callers = new Set<Job>();

  /** Jobs that have submitted others, and have not ended. What was started for them stays as long as they do. */
  get callers(): number {
    for (const caller of this.#callers) if (caller.done()) this.#callers.delete(caller);
    return this.#callers.size;
  }

  /** Those of them that wait for a call just now. */
  get waiting(): number {
    if (this.callers === 0) return 0;
    let waiting = 0;
    for (const { extras } of this.#callers) if (extras?.calls?.pending !== undefined) waiting += 1;
    return waiting;
  }

  /** A job is submitted. Who called may wait through jobs of other pools. */
  note(job: Job): void {
    const caller = callingJob.get(undefined);
    if (caller === undefined) return;
    job.more.caller = caller;
    for (let up: Job | undefined = caller; up !== undefined; up = up.extras?.caller) {
      if (up.spec.owner !== job.spec.owner) continue;
      if (!up.done()) this.#callers.add(up);
      return;
    }
  }
}
