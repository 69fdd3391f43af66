import assert from 'node:assert/strict';
import { AsyncLocalStorage, createHook, executionAsyncId } from 'node:async_hooks';
import { describe, it } from 'node:test';
import {
  CancelledError,
  ContextVar,
  createTask,
  currentTask,
  gather,
  InvalidStateError,
  Lock,
  run,
  Semaphore,
  sleep,
  TimeoutError,
} from 'offloop';

const quiet = { signals: false } as const;

describe('run() that waits for its permit', () => {
  it('has the context of whoever asked, not of whoever let it in', async () => {
    const storage = new AsyncLocalStorage<string>();
    const variable = new ContextVar<string>('asked by');
    const lock = new Lock();
    const seen: unknown[] = [];
    const ask = (name: string) => async () => {
      variable.set(name);
      const work = async (): Promise<void> => {
        seen.push([storage.getStore(), variable.get(), currentTask()?.name]);
        // What it enters belongs to it: the next one asked elsewhere.
        storage.enterWith(`left by ${name}`);
        await sleep(0);
        seen.push([storage.getStore(), variable.get(), currentTask()?.name]);
      };
      await storage.run(`inner ${name}`, () => lock.run(work));
      seen.push([storage.getStore(), variable.get(), currentTask()?.name]);
    };
    await run(() => {
      const tasks = ['a', 'b', 'c'].map((name) => storage.run(name, () => createTask(ask(name), { name })));
      return gather(tasks);
    }, quiet);
    for (const name of ['a', 'b', 'c']) {
      const own = seen.filter((entry) => (entry as string[])[2] === name);
      assert.deepEqual(own, [
        [`inner ${name}`, name, name],
        [`left by ${name}`, name, name],
        [name, name, name],
      ]);
    }
  });

  it('has it outside every task too', async () => {
    const storage = new AsyncLocalStorage<string>();
    const lock = new Lock();
    const seen: unknown[] = [];
    const work = async (): Promise<void> => void seen.push(storage.getStore());
    const runs = ['a', 'b', 'c'].map((name) => storage.run(name, () => lock.run(work)));
    await Promise.all(runs);
    assert.deepEqual(seen, ['a', 'b', 'c']);
    assert.equal(storage.getStore(), undefined);
  });

  it('hands over from one to the next whatever the function does', async () => {
    const lock = new Lock();
    const order: string[] = [];
    const note = (name: string) => order.push(name);
    await run(async () => {
      const first = lock.run(() => sleep(0));
      const runs = [
        lock.run(() => {
          note('throws');
          throw new Error('at once');
        }),
        lock.run(async () => {
          note('rejects');
          await sleep(0);
          throw new Error('later');
        }),
        lock.run(() => note('gives a number')),
        lock.run(() => createTask(async () => note('gives a task'))),
        lock.run(async () => note('is the last')),
      ];
      const [thrown, rejected, number, task, last] = await Promise.allSettled(runs);
      await first;
      assert.match(String((thrown as PromiseRejectedResult).reason), /at once/);
      assert.match(String((rejected as PromiseRejectedResult).reason), /later/);
      assert.deepEqual(number, { status: 'fulfilled', value: 3 });
      assert.deepEqual(task, { status: 'fulfilled', value: 4 });
      assert.equal(last?.status, 'fulfilled');
    }, quiet);
    assert.deepEqual(order, ['throws', 'rejects', 'gives a number', 'gives a task', 'is the last']);
    assert.equal(lock.locked(), false);
  });

  it('says so when the function had given the permit back itself', async () => {
    const lock = new Lock();
    const held = lock.run(() => sleep(0));
    await assert.rejects(
      lock.run(() => lock.release()),
      InvalidStateError,
    );
    await held;
  });

  it('ends without running when it is cancelled or late, before the grant and between grant and start', async () => {
    await run(async () => {
      const lock = new Lock();
      const guard = await lock.acquire();
      const ran: string[] = [];
      const abort = new AbortController();
      const enter = (name: string) => createTask(() => lock.run(() => void ran.push(name)), { name });
      const waiting = enter('waiting');
      const granted = enter('granted');
      const aborted = lock.run(() => void ran.push('aborted'), { signal: abort.signal });
      const late = lock.run(() => void ran.push('late'), { timeout: 1 });
      const last = enter('last');
      await sleep(0);
      waiting.cancel();
      await assert.rejects(late, TimeoutError);
      guard.release();
      granted.cancel();
      abort.abort();
      await assert.rejects(aborted, CancelledError);
      await last;
      assert.equal(waiting.cancelled(), true);
      assert.equal(granted.cancelled(), true);
      assert.deepEqual(ran, ['last']);
      assert.equal(lock.locked(), false);
      assert.equal(lock.statistics().waiting, 0);
    }, quiet);
  });

  it('a cancel in the function is that of its waits, and the permit is free when it has ended', async () => {
    await run(async () => {
      const semaphore = new Semaphore(1);
      const first = createTask(() => semaphore.run(() => sleep(60_000)));
      const second = createTask(() => semaphore.run(() => sleep(60_000)));
      const third = createTask(() => semaphore.run(async () => 'in'));
      await sleep(0);
      first.cancel();
      await sleep(0);
      second.cancel();
      assert.equal(await third, 'in');
      assert.equal(first.cancelled() && second.cancelled(), true);
      assert.equal(semaphore.value, 1);
    }, quiet);
  });

  it('a thousand that throw at once do so one after the other', async () => {
    const lock = new Lock();
    const held = lock.run(() => sleep(0));
    const runs = Array.from({ length: 1000 }, (_, index) =>
      lock.run(() => {
        throw new Error(String(index));
      }),
    );
    const outcomes = await Promise.allSettled(runs);
    await held;
    assert.deepEqual(
      outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason.message),
      outcomes.map((_, index) => String(index)),
    );
    assert.equal(lock.locked(), false);
  });

  it("leaves Node's own stack of async contexts as it was", async () => {
    const open: number[] = [];
    let wrong = 0;
    const hook = createHook({
      before: (id) => void open.push(id),
      after(id) {
        // The callback in which this hook was enabled ends without having begun.
        const begun = open.pop();
        if (begun !== undefined && (begun !== id || executionAsyncId() !== id)) wrong++;
      },
    });
    await run(async () => {
      const lock = new Lock();
      const contend = async (): Promise<void> => {
        for (let left = 20; left > 0; left--) await lock.run(() => sleep(0));
      };
      await sleep(0);
      hook.enable();
      await gather([contend, contend, contend]);
      hook.disable();
    }, quiet);
    assert.equal(wrong, 0);
  });
});
