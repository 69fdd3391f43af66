import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { allTasks, ContextVar, createTask, currentTask, sleep } from 'offloop';
import { inRun, isCancelled } from './support.js';

describe('eager tasks', () => {
  inRun('AIO-EAGER-001 an eager task without a wait is done when createTask() returns', () => {
    const task = createTask(() => 42, { eager: true });
    assert.deepEqual([task.done(), task.resultNow()], [true, 42]);
  });

  inRun(
    'an eager async function runs at once and is done a microtask later: its promise cannot be looked into',
    async () => {
      let ran = false;
      const task = createTask(
        async () => {
          ran = true;
          return 42;
        },
        { eager: true },
      );
      assert.equal(ran, true);
      assert.equal(await task, 42);
    },
  );

  inRun('AIO-EAGER-002 an eager task that waits is not done', async () => {
    const task = createTask(() => sleep(1, 'later'), { eager: true });
    assert.equal(task.done(), false);
    assert.equal(await task, 'later');
  });

  inRun('AIO-EAGER-004 cancel() does nothing to an eager task that has ended', async () => {
    const task = createTask(() => 1, { eager: true });
    assert.equal(task.cancel(), false);
    assert.equal(await task, 1);
  });

  inRun('AIO-EAGER-005 an eager task that waits is cancelled where it waits', async () => {
    const task = createTask(() => sleep(60_000), { eager: true });
    task.cancel('msg');
    assert.ok(task.cancelling() > 0);
    await assert.rejects(task.result(), isCancelled('msg'));
  });

  inRun('AIO-EAGER-006 currentTask() is the eager task in its step and the creator after it', async () => {
    const creator = currentTask();
    const seen: unknown[] = [];
    const task = createTask(
      async () => {
        seen.push(currentTask());
        await sleep(0);
        seen.push(currentTask());
      },
      { eager: true },
    );
    assert.equal(currentTask(), creator);
    await task;
    assert.deepEqual(
      seen.map((one) => one === task),
      [true, true],
    );
  });

  inRun('AIO-EAGER-007 allTasks() holds an eager task while it runs', () => {
    let during = 0;
    const before = allTasks().size;
    createTask(() => (during = allTasks().size), { eager: true });
    assert.deepEqual([during, allTasks().size], [before + 1, before]);
  });

  inRun('AIO-EAGER-009 what an eager step sets stays in the task', async () => {
    const variable = new ContextVar('variable', { default: 'creator' });
    const task = createTask(
      async () => {
        variable.set('task');
        await sleep(0);
        return variable.get();
      },
      { eager: true },
    );
    assert.equal(variable.get(), 'creator');
    assert.equal(await task, 'task');
  });

  inRun('AIO-EAGER-010 eager: false has not started when createTask() returns', async () => {
    let ran = false;
    const task = createTask(async () => (ran = true), { eager: false });
    assert.equal(ran, false);
    assert.equal(await task, true);
  });

  inRun('AIO-EAGER-011 an eager task knows its name in its first step', () => {
    let name: string | undefined;
    createTask(() => (name = currentTask()?.name), { eager: true, name: 'example' });
    assert.equal(name, 'example');
  });
});
