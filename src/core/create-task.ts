import { InvalidOptionError } from '../errors.ts';
import { getRunningLoop } from './loop.ts';
import { Scope } from './scope.ts';
import type { Task, TaskFunction, TaskOptions } from './task.ts';

/**
 * Runs an async function as a task of the current loop. It starts in a microtask; cancelled before that it never
 * runs. It belongs to the `run()` it was created in, not to the task that created it: `run()` cancels and awaits
 * what is left. Use a `taskGroup` for children that must not outlive a block.
 *
 * @example
 * const task = createTask(async () => 42, { name: 'answer' });
 * console.log(await task); // 42
 *
 * @see https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
 */
export function createTask<T>(fn: TaskFunction<T>, options?: TaskOptions): Task<T> {
  return getRunningLoop().createTask(fn, options);
}

/** The tasks of the current loop that have not ended, oldest first. */
export function allTasks(loop: { readonly root: Scope } = getRunningLoop()): Set<Task> {
  const given = loop as Partial<typeof loop> | null;
  if (!(given?.root instanceof Scope)) throw new InvalidOptionError('loop', 'a Loop', loop);
  const tasks = new Set<Task>();
  for (const scope of loop.root.within(() => true)) {
    const task = scope.task as Task | undefined;
    // One that has ended can have left blocks behind that go on.
    if (task !== undefined && !task.done()) tasks.add(task);
  }
  return tasks;
}
