import { BrokenExecutorError, type WorkerLostError } from '../errors.ts';
import { show } from '../show.ts';

/** Why a pool can be used no longer: an error for each of its futures, and for each submission from then on. */
export type Breakage = () => BrokenExecutorError;

export function initializerFailed(pool: string, cause: unknown): Breakage {
  return breakage(`The initializer of ${pool} failed, so it takes no jobs any more: ${messageOf(cause)}`, cause);
}

export function cannotStart(pool: string, cause: unknown): Breakage {
  return breakage(`${pool} cannot start a worker: ${messageOf(cause)}`, cause);
}

/** As its `onWorkerLost: 'break'` wants it. */
export function brokenByLoss(pool: string, cause: WorkerLostError): Breakage {
  return breakage(`${pool} takes no jobs any more (onWorkerLost: 'break'): ${cause.message}`, cause);
}

function breakage(message: string, cause: unknown): Breakage {
  return () => new BrokenExecutorError(message, { cause });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : show(cause);
}
