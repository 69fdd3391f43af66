import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { createTask, Future, InvalidOptionError, sleep, wait, type Task } from 'offloop';
import { collectReports, inRun, inTime, settle } from './support.js';

const failing = async (ms: number): Promise<never> => {
  await sleep(ms);
  throw new RangeError('failed');
};

describe('asyncio.wait', () => {
  inTime('AIO-WAIT-001 waits for all, and returns at once when all are done', async (clock) => {
    const [a, b] = [createTask(() => sleep(100)), createTask(() => sleep(150))];
    for (let round = 0; round < 2; round++) {
      const { done, pending } = await wait([b, a]);
      assert.deepEqual([done, pending.size, clock.now()], [new Set([a, b]), 0, 150]);
    }
  });

  inRun('AIO-WAIT-002 nothing to wait for, or an unknown returnWhen, is an InvalidOptionError', async () => {
    await assert.rejects(wait([]), InvalidOptionError);
    await assert.rejects(wait([new Future()], { returnWhen: -1 as never }), InvalidOptionError);
  });

  inRun('AIO-WAIT-004 functions and promises are refused: make tasks of them', async () => {
    await assert.rejects(wait([(async () => {}) as never]), /make a task of a function/);
    await assert.rejects(wait([Promise.resolve() as never]), InvalidOptionError);
  });

  inTime('AIO-WAIT-005 the same task twice appears once', async () => {
    const task = createTask(() => sleep(1));
    const { done } = await wait([task, task]);
    assert.deepEqual([...done], [task]);
  });

  inTime('AIO-WAIT-006 firstCompleted leaves the others alone', async (clock) => {
    const [a, b] = [createTask(() => sleep(10_000)), createTask(() => sleep(100))];
    const { done, pending } = await wait([b, a], { returnWhen: 'firstCompleted' });
    assert.deepEqual([done, pending, clock.now()], [new Set([b]), new Set([a]), 100]);
    assert.equal(a.done(), false);
  });

  inRun('AIO-WAIT-007 what is done is looked up when it returns', async () => {
    const [a, b] = [new Future<void>(), new Future<void>()];
    setImmediate(() => {
      a.setResult();
      b.setResult();
    });
    const { done } = await wait([a, b], { returnWhen: 'firstCompleted' });
    assert.deepEqual(done, new Set([a, b]));
  });

  inTime('AIO-WAIT-009 firstException returns at the failure', async (clock) => {
    const [a, b] = [createTask(() => sleep(10_000)), createTask(() => failing(10))];
    const { done, pending } = await wait([b, a], { returnWhen: 'firstException' });
    assert.deepEqual([done, pending, clock.now()], [new Set([b]), new Set([a]), 10]);
  });

  inTime('AIO-WAIT-010 a failure is in done, wait() does not throw it', async () => {
    const [a, b] = [createTask(() => sleep(100)), createTask(() => failing(150))];
    const { done, pending } = await wait([b, a]);
    assert.deepEqual([done, pending.size], [new Set([a, b]), 0]);
    assert.ok(b.exceptionNow() instanceof RangeError);
  });

  inTime(
    'AIO-WAIT-010 does not count as looking at it: unless somebody does, it is reported when wait() has ended',
    async () => {
      const reports = collectReports();
      const fail = async (): Promise<never> => {
        throw new RangeError('failed');
      };
      const [ignored, seen, inTwo] = [createTask(fail), createTask(fail), createTask(fail)];
      const slow = [createTask(() => sleep(10)), createTask(() => sleep(20))];
      const first = wait([ignored, inTwo, slow[0] as Task]);
      const second = wait([seen, inTwo, slow[1] as Task]);
      await first;
      await settle();
      assert.deepEqual(
        reports.map(({ future }) => future),
        [ignored],
      );
      await second;
      seen.exceptionNow();
      await settle();
      assert.deepEqual(
        reports.map(({ future }) => future),
        [ignored, inTwo],
      );
      await wait([ignored, inTwo]);
      await settle();
      assert.equal(reports.length, 2, 'once');
    },
  );

  inTime('AIO-WAIT-011 the end of timeout is no error and cancels nothing', async (clock) => {
    const [a, b] = [createTask(() => sleep(100)), createTask(() => sleep(150))];
    const { done, pending } = await wait([b, a], { timeout: 110 });
    assert.deepEqual([done, pending, clock.now()], [new Set([a]), new Set([b]), 110]);
    assert.equal(b.cancelled(), false);
  });

  inTime('AIO-WAIT-012 a task that ends right at the timeout is done', async () => {
    const [a, b] = [createTask(() => sleep(100)), createTask(() => sleep(150))];
    await sleep(0);
    const { done, pending } = await wait([b, a], { timeout: 100 });
    assert.deepEqual([done, pending], [new Set([a]), new Set([b])]);
  });

  inTime('AIO-WAIT-014 takes any iterable', async () => {
    function* tasks(): Generator<Future<number>> {
      for (let index = 0; index < 10; index++) yield createTask(() => sleep(index, index));
    }
    const { done } = await wait(tasks());
    assert.deepEqual(
      [...done].map((task) => task.resultNow()),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
  });
});
