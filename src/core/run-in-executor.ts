import type { LoopExecutor } from './default-executor.ts';
import type { Future } from './future.ts';
import { getRunningLoop } from './loop.ts';

/**
 * Runs `fn(...args)` in an executor, the loop's default thread pool for `null`, and returns its future. Cancelling the
 * future, or the scope that awaits it, stops the work.
 *
 * @throws ExecutorShutDownError when that executor has been shut down.
 * @see https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.run_in_executor
 */
export function runInExecutor<A extends unknown[], R>(
  executor: LoopExecutor | null,
  fn: (...args: A) => R,
  ...args: A
): Future<Awaited<R>> {
  return getRunningLoop().runInExecutor(executor, fn, ...args);
}

/**
 * Runs `fn(...args)` in a thread of the loop's default pool and returns its future. The `ContextVar`s set here are
 * there too, by name; what the thread sets stays there.
 *
 * @see https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread
 */
export function toThread<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
  return getRunningLoop().runInExecutor(null, fn, ...args);
}
