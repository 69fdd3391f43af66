import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe } from 'node:test';
import { asCompleted, createTask, Future, gather, InvalidOptionError, sleep } from 'offloop';
import { collect, collectReports, inRun, inTime, isCancelled, settle } from './support.js';

describe('asyncio.as_completed', () => {
  inTime('AIO-ASC-001 yields in the order of completion', async (clock) => {
    const items = [() => sleep(10, 'b'), () => sleep(5, 'a'), () => sleep(150, 'c')];
    const done = await collect(asCompleted(items));
    assert.deepEqual(
      done.map((future) => future.resultNow()),
      ['a', 'b', 'c'],
    );
    assert.equal(clock.now(), 150);
  });

  inTime('AIO-ASC-002 tasks come out as the same objects, functions as the tasks made of them', async () => {
    const task = createTask(() => sleep(1, 'task'));
    const done = await collect(asCompleted([() => sleep(2, 'function'), task]));
    assert.equal(done[0], task);
    assert.equal(await done[1], 'function');
  });

  inTime('AIO-ASC-004 a timeout that is not reached leaves no timer behind', async (clock) => {
    await collect(asCompleted([() => sleep(1)], { timeout: 60_000 }));
    assert.equal(clock.pending, 0);
  });

  inTime('a signal ends the iteration, now and later, and nothing else', async (clock) => {
    const controller = new AbortController();
    const { signal } = controller;
    const tasks = [1, 5].map((ms) => createTask(() => sleep(ms, ms)));
    const iterator = asCompleted(tasks, { signal, timeout: 60_000 })[Symbol.asyncIterator]();
    assert.equal((await iterator.next()).value, tasks[0]);
    const next = iterator.next();
    controller.abort('enough');
    await assert.rejects(next, isCancelled('enough'));
    await assert.rejects(iterator.next(), isCancelled('enough'));
    assert.deepEqual([await tasks[1], clock.pending, getEventListeners(signal, 'abort').length], [5, 0, 0]);
  });

  inTime('AIO-ASC-005 a loop that was left can be taken up again', async () => {
    const iterable = asCompleted([4, 1, 3, 2].map((ms) => () => sleep(ms, ms)));
    const results: unknown[] = [];
    for await (const future of iterable) {
      results.push(await future);
      if (results.length === 2) break;
    }
    for await (const future of iterable) results.push(await future);
    assert.deepEqual(results, [1, 2, 3, 4]);
  });

  inTime('AIO-ASC-005 with those that ended meanwhile', async () => {
    const futures = [new Future<number>(), new Future<number>(), new Future<number>()] as const;
    futures[2].setResult(3);
    const iterable = asCompleted(futures);
    const results: unknown[] = [];
    for await (const future of iterable) {
      results.push(await future);
      break;
    }
    futures[1].setResult(2);
    futures[0].setResult(1);
    for await (const future of iterable) results.push(await future);
    assert.deepEqual(results, [3, 1, 2]);
  });

  inTime('an error that nobody looks at is reported, once it was yielded or the loop is left', async () => {
    const reports = collectReports();
    const futures = [1, 2, 3].map(() => new Future());
    for (const future of futures) future.setException(new RangeError('failed'));
    let seen = 0;
    for await (const future of asCompleted(futures)) {
      assert.deepEqual(
        reports.map((report) => report.future),
        futures.slice(0, seen),
      );
      if (++seen === 2) {
        assert.ok(future.exceptionNow() !== undefined);
        break;
      }
      await settle();
    }
    await settle();
    assert.deepEqual(
      reports.map((report) => report.future),
      [futures[0], futures[2]],
    );
  });

  inTime('AIO-ASC-006 the first next() has the first completion, whichever is awaited first', async () => {
    const iterator = asCompleted([() => sleep(2, 'b'), () => sleep(1, 'a')])[Symbol.asyncIterator]();
    const [first, second] = [iterator.next(), iterator.next()];
    assert.equal(((await second).value as unknown as Future).resultNow(), 'b');
    assert.equal(((await first).value as unknown as Future).resultNow(), 'a');
  });

  inTime('AIO-ASC-007 next() may be called many times at once', async () => {
    const iterator = asCompleted([() => sleep(2, 'b'), () => sleep(1, 'a')])[Symbol.asyncIterator]();
    const both = await gather([iterator.next(), iterator.next()]);
    assert.deepEqual(
      both.map(({ value }) => (value as unknown as Future).resultNow()),
      ['a', 'b'],
    );
  });

  inRun('AIO-ASC-009 a single future is an InvalidOptionError', () => {
    assert.throws(() => asCompleted(new Future() as never), InvalidOptionError);
    assert.throws(() => asCompleted((async () => {}) as never), InvalidOptionError);
  });
});
