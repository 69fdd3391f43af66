import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { createTask, Future, getRunningLoop, shield, sleep, TimeoutError, waitFor } from 'offloop';
import { FOREVER, inRun, inTime, isCancelled, settle } from './support.js';

/** Goes on for a while after it was cancelled. */
const stubborn = (ended: string[]) => async () => {
  try {
    await sleep(60_000);
  } finally {
    await shield(() => sleep(200));
    ended.push('ended');
  }
};

describe('asyncio.wait_for', () => {
  inTime('AIO-WF-001 the task has ended, its finally included, before the TimeoutError', async () => {
    let cleaned = false;
    const task = createTask(async () => {
      try {
        await sleep(60_000);
      } finally {
        cleaned = true;
      }
    });
    await assert.rejects(waitFor(task, 100), TimeoutError);
    assert.deepEqual([task.cancelled(), cleaned], [true, true]);
  });

  inTime('AIO-WF-002 null is no limit', async () => {
    assert.equal(await waitFor(() => sleep(1_000_000, 'done'), null), 'done');
    assert.equal(
      await waitFor(
        createTask(() => sleep(1, 'task')),
        undefined,
      ),
      'task',
    );
    assert.equal(await waitFor(Promise.resolve('promise'), null), 'promise');
  });

  inRun('a function is called without arguments, with options too', async () => {
    const load = async (page = 1): Promise<number> => page;
    assert.equal(await waitFor(load, 1000), 1);
    assert.equal(await waitFor(load, 1000, { signal: new AbortController().signal }), 1);
  });

  inRun('AIO-WF-004 with zero or less a function does not start', async () => {
    let started = false;
    for (const ms of [0, -1]) {
      await assert.rejects(
        waitFor(async () => void (started = true), ms),
        TimeoutError,
      );
    }
    assert.equal(started, false);
  });

  inTime('AIO-WF-005 with zero or less a running task is cancelled and awaited', async () => {
    for (const ms of [0, -1]) {
      const task = createTask(() => sleep(60_000));
      await settle();
      await assert.rejects(waitFor(task, ms), TimeoutError);
      assert.equal(task.cancelled(), true);
    }
    const done = new Future<number>();
    done.setResult(42);
    assert.equal(await waitFor(done, 0), 42);
  });

  inTime('AIO-WF-006 when its caller is cancelled it ends after the task has ended', async (clock) => {
    const ended: string[] = [];
    const task = createTask(stubborn(ended));
    const caller = createTask(() => waitFor(task, 60_000));
    await sleep(1);
    caller.cancel();
    await assert.rejects(caller.result(), isCancelled());
    assert.deepEqual([ended, task.done(), clock.now()], [['ended'], true, 201]);
  });

  inTime('AIO-WF-007 at the timeout it ends after the task has ended', async (clock) => {
    const ended: string[] = [];
    await assert.rejects(waitFor(createTask(stubborn(ended)), 100), TimeoutError);
    assert.deepEqual([ended, clock.now()], [['ended'], 300]);
  });

  inTime('AIO-WF-009 with zero too', async () => {
    const ended: string[] = [];
    const task = createTask(stubborn(ended));
    await settle();
    await assert.rejects(waitFor(task, 0), TimeoutError);
    assert.deepEqual(ended, ['ended']);
  });

  inTime('AIO-WF-010 an error of the clean-up wins over the TimeoutError', async () => {
    const task = createTask(async () => {
      try {
        await sleep(60_000);
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- the case
        throw new RangeError('clean-up');
      }
    });
    await assert.rejects(waitFor(task, 100), RangeError);
  });

  inTime('AIO-WF-011 a value of a task that ignores the cancellation wins', async () => {
    const task = createTask(async () => {
      await sleep(60_000).catch(() => {});
      return 42;
    });
    assert.equal(await waitFor(task, 100), 42);
  });

  inTime('AIO-WF-012 a value of a function that catches the cancellation wins', async () => {
    assert.equal(
      await waitFor(async () => {
        try {
          await sleep(20);
          return 0;
        } catch {
          return 1;
        }
      }, 10),
      1,
    );
  });

  for (const [id, ms] of [
    ['AIO-WF-014', 60_000],
    ['AIO-WF-015', null],
  ] as const) {
    inTime(`${id} cancelling who waits cancels what is waited for (limit ${ms})`, async () => {
      const task = createTask(() => sleep(60_000));
      const waiter = createTask(() => waitFor(task, ms));
      await sleep(1);
      waiter.cancel();
      await assert.rejects(waiter.result(), isCancelled());
      assert.equal(task.cancelled(), true);
    });
  }

  inTime('AIO-WF-016 a cancel in the turn in which the task ends is not lost', async () => {
    const inner = new Future<string>();
    const waiter = createTask(() => waitFor(inner, 60_000));
    await sleep(1);
    inner.setResult('done');
    waiter.cancel();
    await assert.rejects(waiter.result(), isCancelled());
    assert.equal(inner.resultNow(), 'done');
  });

  inTime('AIO-WF-017 with zero a shield is cancelled, what it shields is not', async () => {
    const task = createTask(() => sleep(100, 'done'));
    const shielded = shield(task);
    await assert.rejects(waitFor(shielded, 0), TimeoutError);
    assert.deepEqual([shielded.cancelled(), task.done()], [true, false]);
    assert.equal(await task, 'done');
  });

  inTime('AIO-WF-019 at the timeout what a shield shields goes on', async () => {
    const task = createTask(() => sleep(100, 'done'));
    await assert.rejects(waitFor(shield(task), 10), TimeoutError);
    assert.equal(task.cancelled(), false);
    assert.equal(await task, 'done');
  });

  inTime(
    'NODE-007 a task in a promise that never settles stays cancelling; abandon leaves it, debug mode says so',
    async () => {
      const warnings: string[] = [];
      const onWarning = (warning: Error): void => void warnings.push(warning.message);
      process.on('warning', onWarning);
      getRunningLoop().debug = true;
      let release = (): void => {};
      const task = createTask(() => new Promise<void>((resolve) => (release = resolve)), { name: 'stuck' });
      await settle();
      await assert.rejects(waitFor(task, 10, { abandon: true }), TimeoutError);
      assert.deepEqual([task.done(), task.cancelling()], [false, 1]);
      getRunningLoop().debug = false;
      release();
      await assert.rejects(task.result(), isCancelled());
      await settle();
      process.off('warning', onWarning);
      assert.ok(warnings.some((message) => /left task "stuck" behind/.test(message)));
      assert.ok(FOREVER);
    },
  );

  inTime('a signal ends the wait and what is waited for', async () => {
    const controller = new AbortController();
    const task = createTask(() => sleep(60_000));
    const waiting = createTask(() => waitFor(task, 60_000, { signal: controller.signal }));
    await sleep(1);
    controller.abort('enough');
    await assert.rejects(waiting.result(), isCancelled('enough'));
    assert.equal(task.cancelled(), true);
  });
});
