/** A cancellation gets to the bottom of what is nested deeper than the stack is, and out of every circle. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { createTask, Future, sleep, taskGroup, timeout, type Task } from 'offloop';
import { inRun, isCancelled } from '../../conformance/python/support.js';

const DEPTH = 30_000;

/** Opens blocks in each other, each in a step of its own; `deepest` is called in the last. */
async function nest(depth: number, open: (fn: () => unknown) => unknown, deepest: () => unknown): Promise<unknown> {
  await Promise.resolve();
  return depth === 0 ? deepest() : open(() => nest(depth - 1, open, deepest));
}

const inTimeout = (fn: () => unknown): unknown => timeout(null, fn);
const inGroup = (fn: () => unknown): unknown => taskGroup(async (tg) => void tg.createTask(fn));

/** Tasks that await each other: the n-th the one after it, the last what `end` gives. */
async function chain(length: number, end: (tasks: Task[]) => unknown): Promise<Task[]> {
  const tasks: Task[] = [];
  for (let index = 0; index < length; index++) {
    tasks.push(createTask(async () => await (index + 1 < length ? tasks[index + 1] : end(tasks))));
  }
  await sleep(0);
  return tasks;
}

const allCancelled = (tasks: Task[]): boolean => tasks.every((task) => task.cancelled());

describe('a cancellation', () => {
  for (const [what, open] of Object.entries({ timeouts: inTimeout, 'task groups': inGroup })) {
    inRun(`of the outermost of ${DEPTH} ${what} ends the innermost wait`, async () => {
      const reached = new Future<void>();
      const task = createTask(() =>
        timeout(null, async (limit) => {
          void reached.then(() => limit.reschedule(0));
          await nest(DEPTH, open, () => (reached.setResult(), sleep(Infinity)));
        }),
      );
      await assert.rejects(task.result(), { name: 'TimeoutError' });
    });

    inRun(`of the task ends what waits in ${DEPTH} ${what}`, async () => {
      const reached = new Future<void>();
      const task = createTask(() => nest(DEPTH, open, () => (reached.setResult(), sleep(Infinity))));
      await reached;
      task.cancel('enough');
      await assert.rejects(task.result(), isCancelled('enough'));
    });
  }

  inRun(`ends ${DEPTH} tasks that await each other, the last first`, async () => {
    const ended: string[] = [];
    const tasks = await chain(DEPTH, async () => await sleep(Infinity).finally(() => ended.push('last')));
    const [first] = tasks as [Task];
    first.addDoneCallback(() => ended.push('first'));
    first.cancel();
    await assert.rejects(first.result(), isCancelled());
    await sleep(0);
    assert.deepEqual([ended, allCancelled(tasks)], [['last', 'first'], true]);
  });

  for (const length of [2, 3, DEPTH]) {
    inRun(`of one ends a ring of ${length} tasks that await each other`, async () => {
      const tasks = await chain(length, async ([first]) => await first);
      const [first] = tasks as [Task];
      assert.equal(first.cancel('enough'), true);
      await assert.rejects(first.result(), isCancelled('enough'));
      assert.equal(allCancelled(tasks), true);
    });
  }
});
