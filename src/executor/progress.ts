import { reportException } from '../core/exception-handler.ts';
import type { Job } from './job.ts';

/** Hands on what a job has reported. What the listener throws is no fault of the job, nor of those after it. */
export function tellProgress(job: Job | undefined, value: unknown): void {
  try {
    job?.spec.options.onProgress?.(value);
  } catch (exception) {
    reportException({ message: `Exception in onProgress of ${JSON.stringify(job?.name)}`, exception, future: job });
  }
}
