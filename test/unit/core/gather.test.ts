import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import {
  ContextVar,
  createTask,
  currentTask,
  Future,
  gather,
  run,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
} from 'offloop';

function done<T>(value: T): Future<T> {
  const future = new Future<T>();
  future.setResult(value);
  return future;
}

describe('gather', () => {
  it('waits for the pending ones when the first is done already', async () => {
    const pending = new Future<number>();
    const all = gather([done(1), pending, done(3)]);
    assert.equal(all.done(), false);
    pending.setResult(2);
    assert.deepEqual(await all, [1, 2, 3]);
  });

  it('is done at once when all are', () => {
    assert.deepEqual(gather([done(1), done(2)]).resultNow(), [1, 2]);
  });

  it('takes futures and functions together, with a limit for the functions only', async () => {
    await run(
      async () => {
        let running = 0;
        const one = async (): Promise<number> => {
          assert.equal(++running, 1);
          await sleep(0);
          return running--;
        };
        assert.deepEqual(
          await gather([one, done('future'), one, Promise.resolve('promise'), one], { concurrency: 1 }),
          [1, 'future', 1, 'promise', 1],
        );
      },
      { signals: false },
    );
  });

  for (const options of [{}, { failFast: true }, { returnExceptions: true }]) {
    it(`that is cancelled does not wait for what refuses to be, but for what cleans up: ${inspect(options)}`, async () => {
      await run(
        async () => {
          const refusing = new Future<number>();
          refusing.setRunning();
          const end = new Future<void>();
          const task = createTask(() => sleep(60_000).finally(() => shield(end)));
          const all = gather([refusing, refusing, task, new Future(), done(1)], options);
          await sleep(0);
          assert.equal(all.cancel('enough'), true);
          await sleep(0);
          assert.deepEqual([all.done(), refusing.state], [false, 'running']);
          end.setResult();
          await assert.rejects(all.result(), { name: 'CancelledError', reason: 'enough' });
          refusing.setResult(1);
          assert.equal(all.cancelled(), true);
        },
        { signals: false },
      );
    });
  }

  it('of one that refuses to be cancelled ends at once with the scope that awaits it', async () => {
    const refusing = new Future();
    refusing.setRunning();
    await assert.rejects(
      timeout(1, () => gather([refusing])),
      { name: 'TimeoutError' },
    );
    assert.equal(refusing.state, 'running');
  });

  it('does not start the rest once one has failed', async () => {
    await run(
      async () => {
        let started = 0;
        const jobs = Array.from({ length: 5 }, (_, index) => async () => {
          started++;
          if (index === 1) throw new RangeError('second');
        });
        await assert.rejects(gather(jobs, { concurrency: 1 }).result(), RangeError);
        await sleep(0);
        assert.equal(started, 2);
      },
      { signals: false },
    );
  });

  it('with returnExceptions waits for tasks that are cancelled on the way', async () => {
    await run(
      async () => {
        const tasks = [createTask(() => sleep(60_000)), createTask(async () => 'ok')];
        const all = gather(tasks, { returnExceptions: true });
        tasks[0]?.cancel('one');
        const [first, second] = await all;
        assert.equal((first as Error).name, 'CancelledError');
        assert.equal(second, 'ok');
      },
      { signals: false },
    );
  });

  it('starts a function that had to wait for its turn in the context of the gather, not of the one before', async () => {
    await run(
      async () => {
        const variable = new ContextVar<string>('who', { default: 'nobody' });
        const storage = new AsyncLocalStorage<string>();
        const seen: unknown[] = [];
        const leaving = (name: string) => async () => {
          seen.push([variable.get(), storage.getStore()]);
          variable.set(name);
          storage.enterWith(name);
          await sleep(0);
        };
        variable.set('main');
        const expected = [1, 2, 3, 4].map(() => ['main', 'outside']);
        await storage.run('outside', () => gather(['a', 'b', 'c', 'd'].map(leaving), { concurrency: 2 }));
        assert.deepEqual(seen, expected);
        seen.length = 0;
        await storage.run('outside', () =>
          taskGroup((tg) => void ['a', 'b', 'c', 'd'].map((name) => tg.createTask(leaving(name))), { limit: 2 }),
        );
        assert.deepEqual(seen, expected);
      },
      { signals: false },
    );
  });

  it('does not start what waits for its turn inside the call that cancels another', async () => {
    await run(
      async () => {
        const events: string[] = [];
        const tasks: (Task | undefined)[] = [];
        const waits = async (): Promise<void> => {
          tasks.push(currentTask());
          await sleep(60_000);
        };
        const all = gather([waits, () => events.push('started'), () => events.push('started too')], {
          concurrency: 1,
          returnExceptions: true,
        });
        await sleep(0);
        tasks[0]?.cancel();
        events.push('cancelled');
        await all;
        assert.deepEqual(events, ['cancelled', 'started', 'started too']);
      },
      { signals: false },
    );
  });

  it('lets go of a function and its task as soon as they are done', async () => {
    await run(
      async () => {
        const gone: WeakRef<object>[] = [];
        const ended = new Future<void>();
        const jobs = Array.from({ length: 50 }, (_, index) => {
          const captured = { index };
          gone.push(new WeakRef(captured));
          return async () => (index < 49 ? captured.index : ended.then(() => captured.index));
        });
        const all = gather(jobs.splice(0), { concurrency: 1 });
        await sleep(0);
        await sleep(0);
        globalThis.gc?.();
        await sleep(0);
        globalThis.gc?.();
        assert.deepEqual(
          gone.slice(0, 49).filter((weak) => weak.deref() !== undefined),
          [],
        );
        ended.setResult();
        assert.equal((await all).length, 50);
      },
      { signals: false },
    );
  });
});
