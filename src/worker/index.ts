/** `offloop/worker`: for code that runs inside a task. Light: nothing of the pool comes with it. */
export { cancelRequested, currentWorker, progress, throwIfCancelled, workerSignal } from './current-worker.ts';
export type { WorkerInfo } from './worker-state.ts';
