import { signalError } from '../core/cancellation.ts';
import type { Job } from './job.ts';

/** Jobs tied to a signal, by signal: one listener for all of them, however many they are. */
const tied = new WeakMap<AbortSignal, Set<Job>>();

/**
 * Ties a job to a signal until it is done. False when the signal is aborted already: the job is cancelled, not to be
 * submitted.
 */
export function cancelOnAbort(job: Job, signal: AbortSignal | undefined): boolean {
  if (signal === undefined) return true;
  if (signal.aborted) {
    job.end(signalError(signal));
    return false;
  }
  const jobs = tied.get(signal) ?? listen(signal);
  jobs.add(job);
  job.more.onDone = () => {
    jobs.delete(job);
    if (jobs.size === 0) unlisten(signal);
  };
  return true;
}

function listen(signal: AbortSignal): Set<Job> {
  const jobs = new Set<Job>();
  tied.set(signal, jobs);
  signal.addEventListener('abort', onAbort);
  return jobs;
}

function unlisten(signal: AbortSignal): void {
  tied.delete(signal);
  signal.removeEventListener('abort', onAbort);
}

function onAbort(this: AbortSignal): void {
  const jobs = [...(tied.get(this) ?? [])];
  unlisten(this);
  for (const job of jobs) job.cancel(signalError(this));
}
