import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import {
  allTasks,
  createTask,
  currentTask,
  ensureFuture,
  Future,
  getRunningLoop,
  InvalidOptionError,
  InvalidStateError,
  run,
  sleep,
  type Task,
} from 'offloop';
import { collectReports, inRun, settle } from './support.js';

describe('asyncio.Task', () => {
  inRun('AIO-TASK-001 a task is done with what its function gives', async () => {
    const task = createTask(async () => 'ok');
    assert.equal(task.done(), false);
    assert.equal(await task, 'ok');
    assert.equal(task.done(), true);
    assert.equal(task.resultNow(), 'ok');
  });

  inRun('AIO-TASK-002 tasks await tasks', async () => {
    const outer = createTask(async () => {
      const a = createTask(async () => 42);
      const b = createTask(async () => 1000);
      return (await a) + (await b);
    });
    assert.equal(await outer, 1042);
  });

  inRun('AIO-TASK-004 unnamed tasks are numbered', () => {
    const numbers = [createTask(async () => {}), createTask(async () => {})].map(({ name }) =>
      /^Task-(\d+)$/.exec(name),
    );
    assert.ok(Number(numbers[0]?.[1]) < Number(numbers[1]?.[1]));
  });

  inRun('AIO-TASK-005 a name that is no string becomes one', () => {
    const task = createTask(async () => {});
    task.name = ['a', 1];
    assert.equal(task.name, 'a,1');
  });

  inRun('AIO-TASK-006 a number as name becomes a string', () => {
    assert.equal(createTask(async () => {}, { name: 987654321 as never }).name, '987654321');
  });

  inRun('AIO-TASK-007 inspect() shows what the task waits for', async () => {
    const task = createTask(() => sleep(60_000), { name: 'sleeper' });
    await settle();
    assert.match(inspect(task), /"sleeper", waits for sleep\(60000\), running/);
  });

  inRun('AIO-TASK-009 what is no function is an InvalidOptionError', () => {
    assert.throws(() => createTask(123 as never), /fn must be an async function.*received 123/);
    assert.throws(() => createTask(Promise.resolve() as never), InvalidOptionError);
  });

  inRun('AIO-TASK-010 nobody else sets the outcome of a task', () => {
    const task = createTask(async () => {});
    assert.throws(() => (task as Future<void>).setResult(), /Task does not support setResult/);
    assert.throws(() => (task as Future<void>).setException(new Error('no')), /Task does not support setException/);
  });

  inRun('AIO-TASK-011 a task that awaits itself gets an error instead of waiting for ever', async () => {
    const task: Future = createTask(async (): Promise<unknown> => await task);
    await assert.rejects(task.result(), /Task cannot await itself/);
  });

  inRun('AIO-TASK-014 ensureFuture() gives futures and tasks back as they are', () => {
    const task = createTask(async () => {});
    assert.equal(ensureFuture(task), task);
  });

  inRun('AIO-TASK-015 ensureFuture() wraps whatever can be awaited', async () => {
    const thenable: PromiseLike<string> = {
      // oxlint-disable-next-line unicorn/no-thenable -- a foreign thenable is the case
      then: (resolve) => Promise.resolve('ok').then(resolve),
    };
    assert.equal(await ensureFuture(thenable), 'ok');
    assert.equal(await ensureFuture(async () => 'function'), 'function');
  });

  inRun('AIO-TASK-016 ensureFuture() refuses the rest', () => {
    assert.throws(() => ensureFuture('ok' as never), InvalidOptionError);
  });

  inRun('AIO-TASK-019 an error that is its own cause is reported and thrown without end', async () => {
    const error = new Error('outer');
    error.cause = error;
    const inner = createTask(async () => Promise.reject(error));
    await assert.rejects(inner.result(), (seen) => seen === error);
  });

  inRun('AIO-TASK-020 the error of a failed task has the stack of the throw', async () => {
    const task = createTask(async function failing() {
      throw new Error('failed');
    });
    assert.match(String(((await task.exception()) as Error).stack), /failing/);
    assert.match(task.getStack().join('\n'), /aio-task/);
  });

  inRun('AIO-TASK-021 in debug mode getStack() shows where it waits and where it was made', async () => {
    getRunningLoop().debug = true;
    const task = createTask(async function foo() {
      await sleep(60_000);
    });
    await settle();
    assert.match(task.getStack().join('\n'), /foo/);
    assert.match(String(task.getStack({ limit: 1 })), /foo/);
  });

  it('AIO-TASK-024 currentTask() is the task inside, and undefined outside', async () => {
    assert.equal(currentTask(), undefined);
    await run(
      async () => {
        const task: Task<boolean> = createTask(async () => currentTask() === task);
        assert.equal(await task, true);
      },
      { signals: false },
    );
  });

  inRun('AIO-TASK-025 currentTask() is right after every await of tasks that take turns', async () => {
    const [first, second] = [new Future<void>(), new Future<void>()];
    const a: Task<void> = createTask(async () => {
      assert.equal(currentTask(), a);
      await first;
      assert.equal(currentTask(), a);
      second.setResult();
      await sleep(0);
      assert.equal(currentTask(), a);
    });
    const b: Task<void> = createTask(async () => {
      assert.equal(currentTask(), b);
      first.setResult();
      await second;
      assert.equal(currentTask(), b);
    });
    await a;
    await b;
  });

  it('AIO-TASK-026 outside every run currentTask() is undefined: Node always has a loop', () => {
    assert.equal(currentTask(), undefined);
  });

  inRun('AIO-TASK-029 a pending task nobody refers to is kept, and ended with the run', async () => {
    createTask(() => sleep(60_000), { name: 'kept' });
    await settle();
    globalThis.gc?.();
    assert.deepEqual(
      [...allTasks()].map(({ name }) => name).filter((name) => name === 'kept'),
      ['kept'],
    );
  });

  inRun('AIO-TASK-030 cancel() on a failed task retrieves the failure', async () => {
    const reports = collectReports();
    const task = createTask(async () => {
      throw new Error('dropped');
    });
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    assert.equal(task.cancel(), false);
    await settle();
    assert.deepEqual(reports, []);
  });

  inRun('AIO-TASK-031 in debug mode a task keeps where it was created', () => {
    getRunningLoop().debug = true;
    const task = createTask(async () => {});
    assert.match(String(task.creationStack), /aio-task/);
  });

  inRun('AIO-TASK-032 a task that cannot be made is not registered', () => {
    const before = allTasks().size;
    assert.throws(() => createTask(undefined as never), InvalidOptionError);
    assert.equal(allTasks().size, before);
  });

  it('a Task is made by the library only', async () => {
    const { Task } = await import('offloop');
    assert.throws(() => new (Task as unknown as new () => unknown)(), InvalidStateError);
  });
});
