import { CancelledError } from '../errors.ts';
import { findErrorClass } from '../functions/error-class.ts';
import { isError } from '../transport/error-shape.ts';
import { decodeError, joinStacks, replaceStack, type WireError } from '../transport/error-codec.ts';
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

/** The same for an error that the wire has decoded already. */
export function joinJobStacks(job: Job, error: unknown, worker: string): unknown {
  if (isError(error)) joinStacks(error, { localStack: job.spec.site.stack, where: worker });
  return error;
}

/** An error that the pool has made about a job: where it was submitted says more than where in the pool that was. */
export function submittedHere<E extends Error>(error: E, job: Job): E {
  replaceStack(error, job.spec.site.stack);
  return error;
}
