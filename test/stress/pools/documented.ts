import { BrokenExecutorError, CancelledError, ExecutorShutDownError, TimeoutError, WorkerLostError } from 'offloop';

/** What a job may end with that did nothing wrong itself. */
export function isDocumented(error: unknown): boolean {
  return [BrokenExecutorError, CancelledError, ExecutorShutDownError, TimeoutError, WorkerLostError].some(
    (kind) => error instanceof kind,
  );
}
