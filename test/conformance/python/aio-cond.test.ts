import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { Condition, createTask, InvalidStateError, Lock, sleep, TimeoutError, waitFor, type Task } from 'offloop';
import { inRun, inTime, isCancelled, settle } from './support.js';

function waiters(condition: Condition, seen: number[], count: number): Task<void>[] {
  return Array.from({ length: count }, (_, index) =>
    createTask(() =>
      condition.run(async () => {
        await condition.wait();
        seen.push(index + 1);
      }),
    ),
  );
}

describe('asyncio.Condition', () => {
  inRun('AIO-COND-001 waiters wake in order, each with the lock', async () => {
    const condition = new Condition();
    const seen: number[] = [];
    const tasks = waiters(condition, seen, 3);
    await settle();
    await condition.run(() => condition.notify());
    await settle();
    assert.deepEqual(seen, [1]);
    await condition.acquire();
    condition.notify(2);
    await settle();
    assert.deepEqual(seen, [1], 'the lock is still held');
    condition.release();
    await Promise.all(tasks);
    assert.deepEqual(seen, [1, 2, 3]);
  });

  inRun('AIO-COND-002 wait() without the lock is an InvalidStateError', async () => {
    await assert.rejects(new Condition().wait(), /cannot wait on un-acquired lock/);
    await assert.rejects(new Condition().wait(), InvalidStateError);
  });

  inRun('AIO-COND-004 notifyAll() without the lock is an InvalidStateError', () => {
    assert.throws(() => new Condition().notifyAll(), InvalidStateError);
    assert.throws(() => new Condition().notify(), /cannot notify on un-acquired lock/);
  });

  inRun('AIO-COND-005 a cancelled waiter takes the lock before it ends', async () => {
    const condition = new Condition();
    await condition.acquire();
    let held = false;
    const task = createTask(async () => {
      try {
        await condition.wait();
      } finally {
        held = condition.locked();
      }
    });
    await settle();
    assert.equal(condition.locked(), false);
    task.cancel();
    await assert.rejects(task.result(), isCancelled());
    assert.deepEqual([held, condition.statistics().waiting], [true, 0]);
    condition.release();
  });

  inRun('AIO-COND-006 notified, the lock contested, then cancelled: it holds the lock when it ends', async () => {
    const condition = new Condition();
    let held = false;
    const task = createTask(async () => {
      await condition.acquire();
      try {
        await condition.wait();
      } finally {
        held = condition.locked();
        condition.release();
      }
    });
    await settle();
    await condition.acquire();
    condition.notify();
    await settle();
    task.cancel();
    await settle();
    assert.equal(task.done(), false);
    condition.release();
    await assert.rejects(task.result(), isCancelled());
    assert.deepEqual([held, condition.locked()], [true, false]);
  });

  inRun('AIO-COND-007 cancelled while it takes the lock again, it ends cancelled when it has it', async () => {
    const condition = new Condition();
    const task = createTask(() => condition.run(() => condition.wait()));
    await settle();
    await condition.acquire();
    condition.notify();
    await settle();
    task.cancel();
    await settle();
    assert.equal(task.done(), false);
    condition.release();
    await assert.rejects(task.result(), isCancelled());
    assert.equal(condition.locked(), false);
  });

  inRun('AIO-COND-009 the reason of a cancel during that is kept', async () => {
    const condition = new Condition();
    const task = createTask(() => condition.run(() => condition.wait()));
    await settle();
    await condition.acquire();
    condition.notify();
    await settle();
    task.cancel('my message');
    condition.release();
    await assert.rejects(task.result(), isCancelled('my message'));
  });

  inRun('AIO-COND-010 a notification to a waiter that is cancelled in the same turn goes to another', async () => {
    const condition = new Condition();
    let items = 0;
    const consumer = (): Promise<void> =>
      condition.run(async () => {
        await condition.waitFor(() => items > 0);
        items--;
      });
    const [first, second] = [createTask(consumer), createTask(consumer)];
    await settle();
    await condition.acquire();
    items = 1;
    condition.notify();
    first.cancel();
    condition.release();
    await assert.rejects(first.result(), isCancelled());
    await second;
    assert.equal(items, 0);
  });

  inRun('AIO-COND-011 the same while it takes the lock again', async () => {
    const condition = new Condition();
    let items = 0;
    const consumer = (): Promise<void> =>
      condition.run(async () => {
        await condition.waitFor(() => items > 0);
        items--;
      });
    const [first, second] = [createTask(consumer), createTask(consumer)];
    await settle();
    await condition.acquire();
    items = 1;
    condition.notify();
    await settle();
    first.cancel();
    condition.release();
    await assert.rejects(first.result(), isCancelled());
    await second;
    assert.equal(items, 0);
  });

  inRun('AIO-COND-012 waitFor() ends when the predicate is true, and gives it', async () => {
    const condition = new Condition();
    let value = 0;
    const task = createTask(() => condition.run(() => condition.waitFor(() => value)));
    await settle();
    await condition.run(() => condition.notify());
    await settle();
    assert.equal(task.done(), false);
    await condition.run(() => {
      value = 42;
      condition.notify();
    });
    assert.equal(await task, 42);
  });

  inRun('AIO-COND-014 notify(n) wakes at most n', async () => {
    const condition = new Condition();
    const seen: number[] = [];
    const tasks = waiters(condition, seen, 3);
    await settle();
    await condition.run(() => condition.notify(1));
    await settle();
    assert.deepEqual(seen, [1]);
    await condition.run(() => {
      condition.notify(1);
      condition.notify(2048);
    });
    await Promise.all(tasks);
    assert.deepEqual(seen, [1, 2, 3]);
  });

  inRun('AIO-COND-015 notifyAll() wakes all', async () => {
    const condition = new Condition();
    const seen: number[] = [];
    const tasks = waiters(condition, seen, 2);
    await settle();
    await condition.run(() => condition.notifyAll());
    await Promise.all(tasks);
    assert.deepEqual(seen, [1, 2]);
  });

  inRun('AIO-COND-016 a lock that is given is shared', async () => {
    const lock = new Lock();
    const condition = new Condition(lock);
    await lock.acquire();
    assert.equal(condition.locked(), true);
    condition.release();
    assert.equal(lock.locked(), false);
    await condition.acquire();
    assert.equal(lock.locked(), true);
    lock.release();
  });

  inTime('AIO-COND-017 a timeout of wait() inside the block: the lock is held again', async () => {
    const condition = new Condition();
    await condition.run(async () => {
      await assert.rejects(
        waitFor(() => condition.wait(), 500),
        TimeoutError,
      );
      assert.equal(condition.locked(), true);
      await assert.rejects(condition.wait({ timeout: 10 }), TimeoutError);
      assert.equal(condition.locked(), true);
    });
    assert.equal(condition.locked(), false);
    await sleep(0);
  });
});
