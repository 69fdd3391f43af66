import { signalError } from '../core/cancellation.ts';
import type { Job } from './job.ts';

/** Ties a job to a signal until it is done. False when the signal is aborted already: the job is cancelled, not to be submitted. */
export function cancelOnAbort(job: Job, signal: AbortSignal | undefined): boolean {
  if (signal === undefined) return true;
  const onAbort = (): void => void job.cancel(signalError(signal));
  if (signal.aborted) {
    job.end(signalError(signal));
    return false;
  }
  signal.addEventListener('abort', onAbort, { once: true });
  job.more.onDone = () => signal.removeEventListener('abort', onAbort);
  return true;
}
