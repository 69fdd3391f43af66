import { CancelledError } from '../errors.ts';
import { findErrorClass } from '../functions/error-class.ts';
import { decodeError, type WireError } from '../transport/error-codec.ts';
import type { Job } from './job.ts';

/** An error that a worker sent, as the class the submitter knows, with the worker's stack and the submitter's. */
export function decodeJobError(job: Job, error: WireError, worker: string): unknown {
  return decodeError(error, {
    resolveClass: (name) => findErrorClass(job.spec.fn, name),
    localStack: job.spec.site.stack,
    where: worker,
  });
}

/** Whether a task that was asked to end threw this because of it: our error, or that of an API given `workerSignal()`. */
export function endsBecauseAsked(error: unknown): boolean {
  return error instanceof CancelledError || (error instanceof Error && error.name === 'AbortError');
}
