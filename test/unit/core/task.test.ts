import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, it } from 'node:test';
import {
  allTasks,
  CancelledError,
  createTask,
  currentTask,
  gather,
  InvalidOptionError,
  run,
  sleep,
  Task,
  taskGroup,
} from 'offloop';
import { runProgram } from '../../conformance/python/program.ts';

describe('createTask', () => {
  it('gives a future of what the function returns', async () => {
    const task = createTask(async () => 42);
    assert.ok(task instanceof Task);
    assert.equal(await task, 42);
  });

  it('keeps its scope to itself, also as the first thing of a program', async () => {
    const { stdout, stderr } = await runProgram(`
      const seen = [];
      const look = (where) => seen.push([where, currentTask()?.name ?? 'none']);
      createTask(async () => {
        look('task');
        await sleep(5);
        look('task, later');
      }, { name: 'first' });
      const before = Promise.resolve().then(() => look('promise'));
      process.nextTick(() => look('tick'));
      look('at once');
      await before;
      look('after an await');
      await new Promise((resolve) => setTimeout(() => resolve(look('timer')), 1));
      look('after a timer');
      await new Promise((resolve) => setImmediate(() => resolve(look('immediate'))));
      await createTask(async () => look('another'), { name: 'second' });
      look('after a task');
      await sleep(10);
      console.log(JSON.stringify(Object.fromEntries(seen)));
    `);
    assert.equal(stderr, '');
    assert.deepEqual(JSON.parse(stdout), {
      'at once': 'none',
      task: 'first',
      promise: 'none',
      tick: 'none',
      'after an await': 'none',
      timer: 'none',
      'after a timer': 'none',
      immediate: 'none',
      another: 'second',
      'after a task': 'none',
      'task, later': 'first',
    });
  });

  it('keeps the task in allTasks() until it has ended', async () => {
    await run(async () => {
      const task = createTask(() => sleep(1));
      assert.ok(allTasks().has(task));
      await task;
      assert.deepEqual([...allTasks()], [currentTask()]);
    });
  });

  it('ends with whatever thenable the function gives, called back from wherever', async () => {
    await run(
      async () => {
        class Derived extends Promise<string> {}
        const overridden = Promise.resolve('never');
        // oxlint-disable-next-line typescript/no-floating-promises -- defineProperty gives the promise back
        Object.defineProperty(overridden, 'then', { value: (give: (value: string) => void) => give('own then') });
        const later: (() => void)[] = [];
        const thenable = (value: string): PromiseLike<string> =>
          // oxlint-disable-next-line unicorn/no-thenable
          ({ then: (give: (value: string) => void) => void later.push(() => give(value)) }) as never;
        const tasks = [
          createTask(() => Derived.resolve('derived')),
          createTask(() => overridden),
          createTask(() => thenable('foreign')),
          createTask(() => createTask(async () => 'task')),
          createTask(async () => 'promise'),
          createTask(() => 'value'),
        ];
        await sleep(0);
        // In this task, not in the one that is to end.
        for (const give of later) give();
        assert.deepEqual(await gather(tasks), ['derived', 'own then', 'foreign', 'task', 'promise', 'value']);
        const failing = [
          createTask(() => Derived.reject(new Error('no'))),
          createTask(() => Promise.reject(new Error('no'))),
        ];
        for (const task of failing) await assert.rejects(async () => await task, /no/);
      },
      { signals: false },
    );
  });

  it('begins tasks in the order they were made, alone, in groups and in both', async () => {
    const begun: string[] = [];
    const note = (name: string) => async () => void begun.push(name);
    await run(
      async () => {
        const alone = ['1', '2', '3'].map((name) => createTask(note(name)));
        await taskGroup(async (tg) => {
          for (const name of ['a', 'b']) tg.createTask(note(name));
          createTask(note('4'));
          await Promise.resolve();
          for (const name of ['c', 'd']) tg.createTask(note(name));
        });
        await gather(alone);
      },
      { signals: false },
    );
    assert.deepEqual(
      begun.filter((name) => name > '9'),
      ['a', 'b', 'c', 'd'],
    );
    assert.deepEqual(
      begun.filter((name) => name <= '9'),
      ['1', '2', '3', '4'],
    );
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

  it('in debug mode names one that catches an explicit cancel and returns', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', onWarning);
    await run(
      async () => {
        const task = createTask(() => sleep(60_000).catch(() => {}), { name: 'deaf' });
        await sleep(0);
        task.cancel();
        await task;
        await sleep(0);
      },
      { debug: true, signals: false },
    );
    process.off('warning', onWarning);
    assert.ok(
      warnings.some((message) => message.startsWith('deaf caught a CancelledError')),
      warnings.join('\n'),
    );
  });

  it('tells diagnostics_channel of its start and its end', async () => {
    const seen: unknown[] = [];
    const note = (what: string) => (message: unknown) => {
      const { task } = message as { task: Task };
      seen.push([what, task.name, task.state]);
    };
    const [onStart, onEnd] = [note('start'), note('end')];
    subscribe('offloop:task:start', onStart);
    subscribe('offloop:task:end', onEnd);
    await createTask(async () => {}, { name: 'told' });
    await sleep(0);
    unsubscribe('offloop:task:start', onStart);
    unsubscribe('offloop:task:end', onEnd);
    assert.deepEqual(seen, [
      ['start', 'told', 'running'],
      ['end', 'told', 'finished'],
    ]);
  });
});
