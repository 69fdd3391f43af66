import { getRunningLoop } from '../core/loop.ts';
import type { Future } from '../core/future.ts';
import { markCallback } from '../transport/callback-mark.ts';
import { checkFunction } from './options.ts';

/** A function as `callback()` gives it: wherever it is called, the work is done where it was made. */
export type Callback<A extends unknown[], R> = (...args: A) => Future<R>;

/**
 * Lets a job call `fn`, which stays here with all it uses: a connection pool, a cache, an open socket.
 *
 * Give the result to a job, as an argument, inside of one, or captured. Over there it is a function that returns a
 * `Future`: awaiting it gives what `fn` returns or throws what it throws; `cancel()` cancels the task that runs `fn`;
 * `resultSync({ timeout })` blocks the worker until the result is there. Arguments and results are copied as those of
 * jobs are.
 *
 * Each call runs as a task of the loop the job was submitted from, in the context of that submission, in the order of
 * the calls. Calls belong to the job: those that still run when it ends are cancelled, and a function that is kept
 * longer fails with an `InvalidStateError`.
 *
 * @throws InvalidOptionError if `fn` is no function.
 * @example
 * const save = async (row: { id: number }) => console.log(row.id);
 * const work = async (ids: number[], save: (row: { id: number }) => PromiseLike<void>) => {
 *   for (const id of ids) await save({ id });
 * };
 * await pool.submit(work, [1, 2, 3], callback(save));
 *
 * @see https://docs.python.org/3/library/asyncio-task.html#asyncio.run_coroutine_threadsafe
 */
export function callback<A extends unknown[], R>(fn: (...args: A) => R): Callback<A, Awaited<R>> {
  checkFunction(fn, 'which the job calls');
  const { name } = fn;
  const call = (...args: A): Future<Awaited<R>> =>
    getRunningLoop().createTask(() => fn(...args) as Awaited<R>, name === '' ? {} : { name });
  Object.defineProperty(call, 'name', { value: name, configurable: true });
  return markCallback(call, fn);
}
