import { WorkerLostError, type WorkerLoss } from '../errors.ts';
import type { PoolWorker } from './pool-worker.ts';

/** The error of a task whose worker is gone: who, how, and during what. */
export function workerLost(worker: PoolWorker, loss: Omit<WorkerLoss, 'workerId'>): WorkerLostError {
  const cause = loss.cause instanceof Error ? loss.cause : undefined;
  const during = loss.taskName === undefined ? '' : ` while it ran ${loss.taskName}`;
  const who = worker.pid === undefined ? worker.name : `${worker.name} (process ${worker.pid})`;
  return new WorkerLostError(`${who} ${howItEnded(loss, cause)}${during}`, { ...loss, workerId: worker.id });
}

function howItEnded(loss: Omit<WorkerLoss, 'workerId'>, cause: NodeJS.ErrnoException | undefined): string {
  if (cause?.syscall?.startsWith('spawn')) return `could not be started (${cause.message})`;
  if (cause?.code === 'ERR_WORKER_OUT_OF_MEMORY') return `reached its heap limit and was ended (${cause.message})`;
  if (cause !== undefined) return `was ended by an error outside of a task (${cause.message})`;
  // V8 aborts a process that has no heap left; it has said so on stderr.
  if (loss.signal === 'SIGABRT') return 'was ended by SIGABRT, as when it runs out of heap (see its stderr)';
  if (loss.signal !== undefined) return `was killed by ${loss.signal}`;
  return loss.exitCode === undefined ? 'has gone' : `exited with code ${loss.exitCode}`;
}
