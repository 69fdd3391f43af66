import { CancelledError } from '../errors.ts';
import type { CancelFlags } from './cancel-flags.ts';

/** What a task can find out about the worker it runs in. */
export interface WorkerInfo {
  /** Unique within its executor. */
  readonly id: number;
  /** As in Python: `ThreadPoolExecutor-0_0`. */
  readonly name: string;
  /** Name of the executor: `ThreadPoolExecutor-0`. */
  readonly executor: string;
  /** Name of the task being run; `undefined` between tasks. */
  readonly task: string | undefined;
}

/** The worker's own state, written by its loop, read by `offloop/worker` and `offloop/threading`. */
export interface WorkerState {
  readonly info: { id: number; name: string; executor: string; task: string | undefined };
  readonly flags: CancelFlags;
  /** Made when a task first asks for its signal; dropped when that task ends. */
  abort: AbortController | undefined;
  sendProgress: (value: unknown) => void;
}

// On globalThis, so that the copy of the package a task imports finds what the copy that runs the worker wrote.
const KEY = Symbol.for('offloop.worker');

export function workerState(): WorkerState | undefined {
  return (globalThis as { [KEY]?: WorkerState })[KEY];
}

export function setWorkerState(state: WorkerState): void {
  Object.defineProperty(globalThis, KEY, { value: state, configurable: true });
}

/** The error a task ends with when it heeds the request to end. */
export function taskCancelled(): CancelledError {
  return new CancelledError('the task was asked to end');
}

/** Aborts the signal of the running task, if it ever asked for one. */
export function abortTask(state: WorkerState): void {
  if (state.abort !== undefined && !state.abort.signal.aborted) state.abort.abort(taskCancelled());
}
