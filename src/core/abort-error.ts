import { CancelledError } from '../errors.ts';

/** What Node's own functions reject with when their signal is aborted. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** What a wait of the library or of a foreign function rejects with when its scope is cancelled. */
export function isCancellationLike(error: unknown): boolean {
  return error instanceof CancelledError || isAbortError(error);
}
