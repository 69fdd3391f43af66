import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  allTasks,
  CancelledError,
  createTask,
  currentTask,
  Event,
  Future,
  gather,
  run,
  shield,
  sleep,
  taskGroup,
  timeout,
  type Task,
} from '#offloop/index.js';
import { Scope } from '#offloop/core/scope.js';

const inside = (parent?: Scope, shielded = false): Scope =>
  new Scope(parent, undefined, undefined, { shield: shielded });

describe('Scope', () => {
  it('cancels everything in it that is not shielded, with one error', () => {
    const root = inside();
    const child = inside(root);
    const hidden = inside(child, true);
    const below = inside(hidden);
    const error = new CancelledError('stop');
    assert.equal(root.cancel(error), true);
    assert.deepEqual(
      [root, child, hidden, below].map(({ cancelled }) => cancelled),
      [error, error, undefined, undefined],
    );
    assert.equal(inside(child).cancelled, error, 'a scope opened later is born cancelled');
  });

  it('keeps its first error; the one from around it wins', () => {
    const root = inside();
    const child = inside(root);
    const [own, outer] = [new CancelledError('own'), new CancelledError('outer')];
    child.cancel(own);
    assert.equal(child.cancel(new CancelledError('second')), false);
    assert.equal(child.cancelled, own);
    root.cancel(outer);
    assert.equal(child.cancelled, outer);
    assert.equal(child.own, own);
  });

  it('is taken out of the tree when it is closed, in any order', () => {
    const root = inside();
    const children = [1, 2, 3, 4].map(() => inside(root));
    for (const index of [1, 3, 0, 2]) children[index]?.close();
    assert.deepEqual(root.children(), []);
    assert.equal(children[0]?.cancel(new CancelledError()), false);
  });
});

describe('a scope that is closed', () => {
  it('keeps none that is opened under it: that hangs under the nearest that is open', () => {
    const root = inside();
    const [outer, other] = [inside(root), inside(root)];
    let last = inside(outer);
    outer.close();
    for (let round = 0; round < 3; round++) {
      last.close();
      last = inside(last);
    }
    assert.equal(last.parent, root);
    assert.deepEqual(root.children(), [other, last]);
    const error = new CancelledError('stop');
    root.cancel(error);
    assert.equal(last.cancelled, error);
  });

  it('leaves what is open in it to the scope around it, the oldest first', () => {
    const root = inside();
    const outer = inside(root);
    const [first, second] = [inside(outer), inside(outer)];
    outer.close();
    assert.deepEqual(root.children(), [first, second]);
    first.close();
    assert.deepEqual([second.parent, root.children()], [root, [second]]);
    const error = new CancelledError('stop');
    root.cancel(error);
    assert.deepEqual([first.cancelled, second.cancelled], [undefined, error]);
  });

  it('that was cancelled refuses what code left behind in it opens', () => {
    const outer = inside(inside());
    const error = new CancelledError('stop');
    outer.cancel(error);
    outer.close();
    assert.equal(inside(outer).cancelled, error);
  });

  it('of a task that has ended can have left a block behind: the task is not shown for that', async () => {
    await run(
      async () => {
        const end = new Future<void>();
        const task = createTask(async () => ({ block: timeout(null, () => end.result()) }));
        const { block } = await task;
        assert.deepEqual([...allTasks()], [currentTask()]);
        end.setResult();
        await block;
      },
      { signals: false },
    );
  });
});

describe('scopes and futures', () => {
  it('a future awaited in a cancelled scope is cancelled with it', async () => {
    const future = new Future();
    await run(
      async () => {
        await assert.rejects(
          timeout(1, async () => await future),
          { name: 'TimeoutError' },
        );
        assert.equal(future.cancelled(), true);
      },
      { signals: false },
    );
  });

  it('a running future that refuses to be cancelled is left alone at once', async () => {
    const future = new Future<number>();
    future.setRunning();
    await assert.rejects(
      timeout(1, async () => await future),
      { name: 'TimeoutError' },
    );
    assert.equal(future.state, 'running');
    future.setResult(1);
  });

  it('two tasks that await the same future are both told', async () => {
    await run(
      async () => {
        const future = new Future();
        const tasks = [1, 2].map(() => createTask(async () => await future));
        await sleep(0);
        tasks[0]?.cancel('first');
        await sleep(0);
        assert.deepEqual(
          tasks.map((task) => task.cancelled()),
          [true, true],
        );
      },
      { signals: false },
    );
  });

  it('a wait that is left over when its scope ends is withdrawn', async () => {
    const event = new Event();
    await timeout(1_000, async () => {
      void event.wait();
    });
    assert.equal(event.statistics().waiting, 0);
  });

  it('a task begun in a shield is hidden from the cancellation outside', async () => {
    await run(
      async () => {
        let inner: Task<string> | undefined;
        await taskGroup(async (tg) => {
          tg.createTask(async () => {
            await shield(() =>
              taskGroup(async (hidden) => {
                inner = hidden.createTask(() => sleep(2, 'done'));
              }),
            );
          });
          await sleep(1);
          tg.cancel();
        });
        assert.equal(await inner, 'done');
      },
      { signals: false },
    );
  });
});

describe('a circle of tasks that await each other', () => {
  const inRun = (title: string, fn: () => Promise<void>): void => void it(title, () => run(fn, { signals: false }));
  const cancelled = { name: 'CancelledError' };

  inRun('ends with the scope that awaits one of them', async () => {
    const a: Task = createTask(async () => await b);
    const b: Task = createTask(async () => await a);
    await assert.rejects(
      timeout(1, async () => await a),
      { name: 'TimeoutError' },
    );
    assert.deepEqual([a.cancelled(), b.cancelled()], [true, true]);
  });

  inRun('ends with the group they are in', async () => {
    const tasks: Task[] = [];
    await taskGroup(async (tg) => {
      for (const other of [1, 2, 0]) tasks.push(tg.createTask(async () => await tasks[other]));
      await sleep(0);
      tg.cancel();
    });
    assert.ok(tasks.every((task) => task.cancelled()));
  });

  inRun('ends where it goes through a gather', async () => {
    const own: Task = createTask(async () => await gather([own]));
    const child: Task = createTask(async () => await gather([async () => await child]));
    await sleep(0);
    for (const task of [own, child]) {
      task.cancel();
      await assert.rejects(task.result(), cancelled);
    }
  });

  inRun('ends where a child awaits the task whose group it is in', async () => {
    const task: Task = createTask(() => taskGroup(async (tg) => void tg.createTask(async () => await task)));
    await sleep(0);
    task.cancel();
    await assert.rejects(task.result(), cancelled);
  });

  inRun('ends where a child awaits the task, of which only a block is cancelled; that goes on', async () => {
    const task: Task<string> = createTask(async () => {
      const block = timeout(1, () => taskGroup(async (tg) => void tg.createTask(async () => await task)));
      await assert.rejects(block, { name: 'TimeoutError' });
      return 'went on';
    });
    assert.equal(await task, 'went on');
  });

  inRun('waits for clean-up all the same', async () => {
    const ends: string[] = [];
    const a: Task = createTask(async () => await b.finally(() => ends.push('a')));
    const b: Task = createTask(async () => {
      try {
        await a;
      } finally {
        await shield(() => sleep(1));
        ends.push('b');
      }
    });
    await sleep(0);
    a.cancel();
    await assert.rejects(a.result(), cancelled);
    assert.deepEqual(ends, ['b', 'a']);
  });
});
