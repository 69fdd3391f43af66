import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { CancelledError, createTask, currentTask, Future, gather, InvalidOptionError, sleep } from 'offloop';
import { collectReports, inRun, inTime, isCancelled, settle } from './support.js';

const three = (): [Future<number>, Future<number>, Future<number>] => [new Future(), new Future(), new Future()];

describe('asyncio.gather', () => {
  inRun('AIO-GATHER-001 results are in the order of the arguments', async () => {
    const [a, b, c] = three();
    const all = gather([a, b, c]);
    b.setResult(1);
    a.setResult(2);
    await settle();
    assert.equal(all.done(), false);
    c.setResult(3);
    assert.deepEqual(await all, [2, 1, 3]);
  });

  inRun('AIO-GATHER-002 returnExceptions changes nothing when all succeed', async () => {
    assert.deepEqual(await gather([async () => 1, Promise.resolve(2)], { returnExceptions: true }), [1, 2]);
  });

  inRun('AIO-GATHER-004 with returnExceptions errors take their places', async () => {
    const futures = [...three(), new Future<number>()];
    const all = gather(futures, { returnExceptions: true });
    const [first, second] = [new RangeError('first'), new RangeError('second')];
    futures[1]?.setResult(1);
    futures[2]?.setException(first);
    futures[0]?.setResult(3);
    await settle();
    assert.equal(all.done(), false);
    futures[3]?.setException(second);
    assert.deepEqual(await all, [3, 1, first, second]);
  });

  inRun('AIO-GATHER-005 a cancelled child is a failure; gather is not cancelled, siblings go on', async () => {
    const [a, b, c] = three();
    const all = gather([a, b, c]);
    b.cancel('b');
    await assert.rejects(all.result(), isCancelled('b'));
    assert.deepEqual([all.cancelled(), a.done(), c.done()], [false, false, false]);
  });

  inRun('AIO-GATHER-006 with returnExceptions a cancellation takes its place', async () => {
    const [a, b, c] = three();
    const all = gather([a, b, c], { returnExceptions: true });
    a.setResult(1);
    b.cancel();
    c.setResult(3);
    const [first, second, third] = await all;
    assert.deepEqual([first, second instanceof CancelledError, third], [1, true, 3]);
  });

  inRun('AIO-GATHER-007 cancelling who awaits it cancels every child', async () => {
    const children = [createTask(() => sleep(60_000)), createTask(() => sleep(60_000))];
    let all: Future | undefined;
    const outer = createTask(async () => {
      all = gather(children);
      await all;
    });
    await settle();
    outer.cancel();
    await assert.rejects(outer.result(), isCancelled());
    assert.deepEqual(
      children.map((child) => child.cancelled()),
      [true, true],
    );
    assert.equal(all?.cancel(), false);
  });

  inRun('AIO-GATHER-009 a second failure is not reported as lost', async () => {
    const reports = collectReports();
    const [a, b] = three();
    const all = gather([a, b]);
    a.setException(new Error('first'));
    b.setException(new Error('second'));
    await assert.rejects(all.result(), /first/);
    await settle();
    assert.deepEqual(reports, []);
  });

  inRun('AIO-GATHER-010 what cannot be awaited is an InvalidOptionError before anything starts', async () => {
    let started = false;
    const fn = async (): Promise<void> => void (started = true);
    assert.throws(() => gather([fn, {} as never]), /items\[1\]/);
    await settle();
    assert.equal(started, false);
  });

  inRun('AIO-GATHER-011 nothing gives an empty array', async () => {
    assert.deepEqual(await gather([]), []);
    assert.deepEqual(await gather(), []);
  });

  inRun('AIO-GATHER-014 cancel() when all children are done keeps the result', async () => {
    const [a, b] = three();
    const all = gather([a, b]);
    a.setResult(1);
    b.setResult(2);
    assert.equal(all.cancel(), false);
    assert.deepEqual(await all, [1, 2]);
  });

  inRun('AIO-GATHER-015 a cancellation escapes despite returnExceptions', async () => {
    const task = createTask(async () => {
      for (;;) await gather([() => sleep(60_000)], { returnExceptions: true });
    });
    await settle();
    task.cancel('my message');
    await assert.rejects(task.result(), isCancelled('my message'));
  });

  inRun('AIO-GATHER-016 cancel() after a failure leaves the survivors alone', async () => {
    const [a, b] = three();
    const all = gather([a, b]);
    a.setException(new Error('failed'));
    await assert.rejects(all.result(), /failed/);
    assert.equal(all.cancel(), false);
    assert.equal(b.done(), false);
  });

  inRun('the same future twice fills both places', async () => {
    const [a] = three();
    const all = gather([a, a]);
    a.setResult(1);
    assert.deepEqual(await all, [1, 1]);
  });

  inTime('concurrency starts no more functions than it says, in order', async () => {
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const job = (index: number) => async () => {
      order.push(index);
      most = Math.max(most, ++running);
      await sleep(10);
      running--;
      return index;
    };
    const results = await gather(
      Array.from({ length: 9 }, (_, index) => job(index)),
      { concurrency: 2 },
    );
    assert.deepEqual([most, order, results], [2, [0, 1, 2, 3, 4, 5, 6, 7, 8], order]);
  });

  inTime('failFast cancels what has not started, waits for what has, throws the first error', async (clock) => {
    const events: string[] = [];
    const running = new Future<void>();
    running.setRunning();
    const waiting = new Future<void>();
    const jobs = [
      async () => {
        await sleep(10);
        throw new RangeError('first');
      },
      async () => {
        await sleep(100);
        events.push('ended');
      },
      async () => void events.push('never started'),
    ];
    const all = gather([running, waiting, ...jobs], { failFast: true, concurrency: 2 });
    const settled = assert.rejects(all.result(), /first/);
    await sleep(50);
    assert.deepEqual([waiting.cancelled(), all.done()], [true, false]);
    await sleep(100);
    assert.equal(all.done(), false);
    running.setResult();
    await settled;
    assert.deepEqual([events, clock.now()], [['ended'], 150]);
  });

  inRun('concurrency below one is an InvalidOptionError', () => {
    for (const concurrency of [0, -1, Number.NaN]) assert.throws(() => gather([], { concurrency }), InvalidOptionError);
  });

  inRun('functions run as tasks of their own', async () => {
    const [first, second] = await gather([async () => currentTask()?.name, async () => currentTask()?.name]);
    assert.notEqual(first, second);
  });
});
