import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import {
  CancelledError,
  ContextVar,
  createTask,
  ensureFuture,
  Future,
  getRunningLoop,
  InvalidStateError,
  run,
  runInExecutor,
  sleep,
  ThreadPoolExecutor,
  type Task,
} from 'offloop';
import { currentThread } from 'offloop/threading';
import { collectReports, inRun, isCancelled, settle } from './support.js';

describe('asyncio.Future', () => {
  it('AIO-FUT-001 a new future is neither done nor cancelled; cancel() makes it both', () => {
    const future = new Future();
    assert.deepEqual([future.done(), future.cancelled()], [false, false]);
    future.cancel();
    assert.deepEqual([future.done(), future.cancelled()], [true, true]);
  });

  it('AIO-FUT-002 a cancelled future throws, and takes no outcome', () => {
    const future = new Future<number>();
    assert.equal(future.cancel(), true);
    assert.throws(() => future.resultNow(), CancelledError);
    assert.throws(() => future.exceptionNow(), CancelledError);
    assert.throws(() => future.setResult(1), InvalidStateError);
    assert.throws(() => future.setException(new Error('late')), InvalidStateError);
    // One class for both of Python's futures: as concurrent.futures has it, cancelled stays true.
    assert.equal(future.cancel(), true);
  });

  it('AIO-FUT-004 exceptionNow() is an InvalidStateError until there is an outcome', () => {
    const future = new Future<number>();
    assert.throws(() => future.exceptionNow(), /Exception is not set/);
    const error = new RangeError('failed');
    future.setException(error);
    assert.throws(() => future.resultNow(), error);
    assert.equal(future.exceptionNow(), error);
    assert.throws(() => future.setResult(1), InvalidStateError);
  });

  it('AIO-FUT-007 the CancelledError carries the reason', async () => {
    const future = new Future();
    future.cancel('my message');
    await assert.rejects(
      future.result(),
      (error) => isCancelled('my message')(error) && /my message/.test(String(error)),
    );
  });

  it('AIO-FUT-010 instanceof tells futures from what looks like one', () => {
    const isFuture = (value: unknown): boolean => value instanceof Future;
    assert.equal(isFuture(new Future()), true);
    for (const other of [Future, 1, null, Promise.resolve(1), { done: () => true }])
      assert.equal(isFuture(other), false);
  });

  it('AIO-FUT-011 callbacks do not run inside setResult(); soon after they run in order', async () => {
    const future = new Future();
    const order: number[] = [];
    future.addDoneCallback(() => order.push(42));
    future.addDoneCallback(() => order.push(17));
    future.setResult('done');
    assert.deepEqual(order, []);
    await sleep(0);
    assert.deepEqual(order, [42, 17]);
  });

  it('AIO-FUT-012 callbacks do not run inside setException()', async () => {
    const future = new Future();
    let called = 0;
    future.addDoneCallback((done) => {
      done.markRetrieved();
      called++;
    });
    future.setException(new Error('failed'));
    assert.equal(called, 0);
    await sleep(0);
    assert.equal(called, 1);
  });

  for (const [id, removed, left] of [
    ['AIO-FUT-014', [0], [1, 2]],
    ['AIO-FUT-015', [0, 1], [2]],
    ['AIO-FUT-016', [2], [0, 1]],
  ] as const) {
    it(`${id} a disposed callback is not called, disposing twice is nothing`, async () => {
      const future = new Future();
      const called: number[] = [];
      const handles = [0, 1, 2].map((index) => future.addDoneCallback(() => called.push(index)));
      for (const index of removed) {
        handles[index]?.[Symbol.dispose]();
        handles[index]?.[Symbol.dispose]();
      }
      future.setResult(1);
      await sleep(0);
      assert.deepEqual(called, left);
    });
  }

  it('AIO-FUT-017 a callback may remove another while they run', async () => {
    const future = new Future();
    const called: string[] = [];
    future.addDoneCallback(() => {
      called.push('first');
      second[Symbol.dispose]();
    });
    const second = future.addDoneCallback(() => called.push('second'));
    future.addDoneCallback(() => called.push('third'));
    future.setResult(1);
    await sleep(0);
    assert.deepEqual(called, ['first', 'third']);
  });

  inRun(
    'AIO-FUT-019 a failure nobody retrieved is reported, in debug mode with where the future was made',
    async () => {
      const reports = collectReports();
      new Future().setException(new Error('lost'));
      await settle();
      getRunningLoop().debug = true;
      new Future().setException(new Error('lost in debug'));
      await settle();
      assert.deepEqual(
        reports.map(({ message }) => message),
        Array.from({ length: 2 }, () => 'Future exception was never retrieved'),
      );
      assert.match(String(reports[1]?.['sourceTraceback']), /aio-fut/);
    },
  );

  inRun('AIO-FUT-020 exceptionNow() retrieves', async () => {
    const reports = collectReports();
    const future = new Future();
    future.setException(new Error('seen'));
    future.exceptionNow();
    await settle();
    assert.deepEqual(reports, []);
  });

  inRun('AIO-FUT-021 resultNow() retrieves', async () => {
    const reports = collectReports();
    const future = new Future();
    future.setException(new Error('seen'));
    assert.throws(() => future.resultNow());
    await settle();
    assert.deepEqual(reports, []);
  });

  inRun('AIO-FUT-022 a pending future that is dropped is not reported', async () => {
    const reports = collectReports();
    assert.equal(new Future().done(), false);
    await settle();
    assert.deepEqual(reports, []);
  });

  inRun('AIO-FUT-024 cancel() after a failure retrieves it', async () => {
    const reports = collectReports();
    const future = new Future();
    future.setException(new Error('dropped'));
    assert.equal(future.cancel(), false);
    await settle();
    assert.deepEqual(reports, []);
  });

  inRun("AIO-FUT-025 a pool's future is awaited on the loop, computed in a thread", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, execArgv: [] });
    const future = pool.submit((here: string) => [here, currentThread().name] as const, currentThread().name);
    const [here, there] = await future;
    assert.notEqual(here, there);
  });

  it('AIO-FUT-026 ensureFuture() gives a future back as it is', () => {
    const future = new Future();
    assert.equal(ensureFuture(future), future);
  });

  inRun("AIO-FUT-027 cancelling the loop's future of a queued job cancels the job: it is the same object", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, execArgv: [] });
    const blocker = pool.submit(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50));
    const future = runInExecutor(pool, () => 1);
    future.cancel();
    assert.equal(future.cancelled(), true);
    await blocker;
    assert.equal(pool.statistics().cancelled, 1);
  });

  inRun('AIO-FUT-030 a producer can leave a cancelled future alone', () => {
    const future = new Future<number>();
    future.cancel();
    if (!future.done()) future.setResult(1);
    assert.equal(future.cancelled(), true);
  });

  inRun('AIO-FUT-031 awaiting a failed future again does not grow its stack', async () => {
    const future = new Future();
    future.setException(new Error('once'));
    const stacks = new Set<string | undefined>();
    for (let round = 0; round < 5; round++) await future.catch((error: unknown) => stacks.add((error as Error).stack));
    assert.equal(stacks.size, 1);
  });

  inRun("AIO-FUT-032 the exception handler runs in the failing task's context", async () => {
    const variable = new ContextVar<string>('variable', { default: 'outside' });
    let seen: string | undefined;
    getRunningLoop().setExceptionHandler(() => (seen = variable.get()));
    createTask(async () => {
      variable.set('inside');
      throw new Error('lost');
    });
    await settle();
    assert.equal(seen, 'inside');
  });

  it('AIO-FUT-034 a task whose result holds the task can be inspected', async () => {
    await run(
      async () => {
        const task: Task = createTask(async () => ({ task }));
        await task;
        assert.match(inspect(task), /Task \{ "Task-\d+", finished/);
      },
      { signals: false },
    );
  });
});
