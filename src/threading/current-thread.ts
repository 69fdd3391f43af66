import { isMainThread, threadId } from 'node:worker_threads';
import { workerState } from '../worker/worker-state.ts';

/** A thread as seen from inside. */
export interface ThreadInfo {
  /** `MainThread`, `ThreadPoolExecutor-0_0`, or what it was called when it was made. */
  readonly name: string;
  /** Node's `threadId`; 0 is the main thread. */
  readonly id: number;
  readonly isMain: boolean;
}

/**
 * The thread this code runs in.
 * @see https://docs.python.org/3/library/threading.html#threading.current_thread
 */
export function currentThread(): ThreadInfo {
  const name = workerState()?.info.name ?? (isMainThread ? 'MainThread' : `Thread-${threadId}`);
  return { name, id: threadId, isMain: isMainThread };
}
