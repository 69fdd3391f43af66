import assert from 'node:assert/strict';
import { describe } from 'node:test';
import {
  ContextVar,
  ExecutorShutDownError,
  Future,
  getRunningLoop,
  runInExecutor,
  sleep,
  ThreadPoolExecutor,
  toThread,
  type Handle,
  type Loop,
} from 'offloop';
import { currentThread } from 'offloop/threading';
import { collectReports, inRun, inTime, settle } from '../../conformance/python/support.ts';

const SOON_MS = 10;

/** The three ways to schedule a callback. */
const WAYS: readonly (readonly [
  name: string,
  (loop: Loop, fn: (...args: unknown[]) => void, ...args: unknown[]) => Handle,
])[] = [
  ['callSoon', (loop, fn, ...args) => loop.callSoon(fn, ...args)],
  ['callLater', (loop, fn, ...args) => loop.callLater(SOON_MS, fn, ...args)],
  ['callAt', (loop, fn, ...args) => loop.callAt(loop.time() + SOON_MS, fn, ...args)],
];

/** Past the time of all of them. */
async function allDue(): Promise<void> {
  await sleep(SOON_MS * 2);
  await settle();
}

for (const [name, schedule] of WAYS) {
  describe(`loop.${name}()`, () => {
    inTime('calls once, with the arguments', async (clock) => {
      const calls: unknown[][] = [];
      const handle = schedule(getRunningLoop(), (...args) => calls.push(args), 1, 'two', undefined);
      assert.deepEqual([calls, handle.cancelled()], [[], false]);
      await allDue();
      assert.deepEqual([calls, handle.cancelled(), clock.pending], [[[1, 'two', undefined]], false, 0]);
    });

    inTime('cancel() takes it back, as often as it is called', async (clock) => {
      let called = 0;
      const handle = schedule(getRunningLoop(), () => called++);
      handle.cancel();
      handle.cancel();
      assert.deepEqual([handle.cancelled(), clock.pending], [true, 0]);
      await allDue();
      assert.equal(called, 0);
    });

    inTime('cancel() from a callback of the same moment takes the next one back', async () => {
      const called: string[] = [];
      const loop = getRunningLoop();
      schedule(loop, () => {
        called.push('first');
        second.cancel();
      });
      const second = schedule(loop, () => called.push('second'));
      schedule(loop, () => called.push('third'));
      await allDue();
      assert.deepEqual(called, ['first', 'third']);
    });

    inTime('cancel() from within, or after it was called, changes nothing', async () => {
      const called: number[] = [];
      const loop = getRunningLoop();
      const handle = schedule(loop, () => {
        called.push(called.length);
        handle.cancel();
      });
      await allDue();
      handle.cancel();
      schedule(loop, () => called.push(called.length));
      await allDue();
      assert.deepEqual(called, [0, 1]);
    });

    inTime('a handle is disposable', async () => {
      let called = 0;
      {
        using handle = schedule(getRunningLoop(), () => called++);
        assert.equal(handle.cancelled(), false);
      }
      await allDue();
      assert.equal(called, 0);
    });

    inTime('a callback sees the context variables of who asked for it, and changes its copy', async () => {
      const name = new ContextVar<string>('name', { default: 'nobody' });
      const seen: string[] = [];
      name.set('before');
      schedule(getRunningLoop(), () => {
        seen.push(name.get());
        name.set('changed');
      });
      name.set('after');
      await allDue();
      assert.deepEqual([seen, name.get()], [['before'], 'after']);
    });

    inTime('a callback that throws is reported with its handle, and the next is called', async () => {
      const reports = collectReports();
      const exception = new RangeError('in a callback');
      let called = 0;
      const handle = schedule(getRunningLoop(), () => {
        throw exception;
      });
      schedule(getRunningLoop(), () => called++);
      await allDue();
      assert.deepEqual([reports.length, called], [1, 1]);
      assert.equal(reports[0]?.exception, exception);
      assert.equal(reports[0]?.['handle'], handle);
    });
  });
}

describe('the default executor of a loop', () => {
  inRun('is the one that was set, for toThread() and runInExecutor(null, …); the loop ends it', async () => {
    const loop = getRunningLoop();
    const pool = new ThreadPoolExecutor({ maxWorkers: 1, threadNamePrefix: 'Mine' });
    loop.setDefaultExecutor(pool);
    assert.equal(loop.defaultExecutor(), pool);
    assert.deepEqual(
      [await toThread(() => currentThread().name), await runInExecutor(null, () => currentThread().name)],
      ['Mine_0', 'Mine_0'],
    );
    await loop.shutdownDefaultExecutor();
    assert.throws(() => pool.submit(() => 1), ExecutorShutDownError);
  });

  inRun('may be replaced; the one before is left to whoever made it', async () => {
    const loop = getRunningLoop();
    await using first = new ThreadPoolExecutor({ maxWorkers: 1, threadNamePrefix: 'First' });
    loop.setDefaultExecutor(first);
    const before = toThread(() => currentThread().name);
    loop.setDefaultExecutor(new ThreadPoolExecutor({ maxWorkers: 1, threadNamePrefix: 'Second' }));
    assert.deepEqual([await before, await toThread(() => currentThread().name)], ['First_0', 'Second_0']);
    await loop.shutdownDefaultExecutor();
    assert.equal(await first.submit(() => currentThread().name), 'First_0');
  });

  inRun('a refused one leaves the one there is', async () => {
    const loop = getRunningLoop();
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    loop.setDefaultExecutor(pool);
    for (const wrong of [undefined, null, {}, { submit: () => {} }, 'pool']) {
      assert.throws(() => loop.setDefaultExecutor(wrong as never), /executor must be an Executor, with submit\(\) and/);
    }
    assert.equal(loop.defaultExecutor(), pool);
  });

  inRun('shutdownDefaultExecutor() waits for what runs and what is queued, and can be called again', async () => {
    const loop = getRunningLoop();
    loop.setDefaultExecutor(new ThreadPoolExecutor({ maxWorkers: 1 }));
    const futures = [1, 2, 3].map((item) => toThread((x: number) => x * 2, item));
    await loop.shutdownDefaultExecutor();
    assert.deepEqual(
      futures.map((future) => future.resultNow()),
      [2, 4, 6],
    );
    await loop.shutdownDefaultExecutor();
    assert.throws(() => toThread(() => 1), ExecutorShutDownError);
  });

  inRun('shutdownDefaultExecutor() of one that was never made makes none, and none comes later', async () => {
    const loop = getRunningLoop();
    await loop.shutdownDefaultExecutor();
    assert.throws(() => loop.defaultExecutor(), ExecutorShutDownError);
    assert.throws(() => toThread(() => 1), /Executor shutdown has been called/);
  });

  inRun('an error of its shutdown comes out of shutdownDefaultExecutor()', async () => {
    const loop = getRunningLoop();
    const failure = new RangeError('cannot be shut down');
    loop.setDefaultExecutor({ submit: () => new Future<never>(), shutdown: () => Promise.reject(failure) });
    await assert.rejects(loop.shutdownDefaultExecutor(), failure);
    await loop.shutdownDefaultExecutor();
  });
});
