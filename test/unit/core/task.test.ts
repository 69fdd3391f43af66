import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allTasks, CancelledError, createTask, currentTask, InvalidOptionError, run, sleep, Task } from 'offloop';

describe('createTask', () => {
  it('gives a future of what the function returns', async () => {
    const task = createTask(async () => 42);
    assert.ok(task instanceof Task);
    assert.equal(await task, 42);
  });

  it('keeps the task in allTasks() until it has ended', async () => {
    await run(async () => {
      const task = createTask(() => sleep(1));
      assert.ok(allTasks().has(task));
      await task;
      assert.deepEqual([...allTasks()], [currentTask()]);
    });
  });

  it('refuses a promise, which has started already', () => {
    assert.throws(() => createTask(Promise.resolve(1) as never), InvalidOptionError);
  });

  it('leaves nobody behind: run() cancels and awaits what main did not', async () => {
    const events: string[] = [];
    await run(async () => {
      createTask(async () => {
        try {
          await sleep(60_000);
        } catch (error) {
          events.push((error as CancelledError).source);
          throw error;
        }
      });
      await sleep(0);
    });
    assert.deepEqual(events, ['shutdown']);
  });
});
