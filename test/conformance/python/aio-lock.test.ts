import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { createTask, InvalidStateError, Lock, sleep, TimeoutError, type Task } from 'offloop';
import { inRun, inTime, isCancelled, settle } from './support.js';

/** Tasks that acquire and note their number; they do not release. */
function acquirers(lock: Lock, seen: number[], count: number): Task<number>[] {
  return Array.from({ length: count }, (_, index) =>
    createTask(async () => {
      await lock.acquire();
      return seen.push(index + 1);
    }),
  );
}

describe('asyncio.Lock', () => {
  inRun('AIO-LOCK-001 waiters are served in order, one for each release', async () => {
    const lock = new Lock();
    const seen: number[] = [];
    await lock.acquire();
    const tasks = acquirers(lock, seen, 3);
    await settle();
    assert.deepEqual(seen, []);
    for (const expected of [[1], [1, 2], [1, 2, 3]]) {
      lock.release();
      await settle();
      assert.deepEqual(seen, expected);
    }
    await Promise.all(tasks);
  });

  inRun('AIO-LOCK-002 a cancelled waiter leaves nothing behind', async () => {
    const lock = new Lock();
    await lock.acquire();
    const task = createTask(() => lock.acquire());
    await settle();
    task.cancel();
    await assert.rejects(task.result(), isCancelled());
    assert.deepEqual(lock.statistics(), { value: 0, waiting: 0 });
  });

  inRun(
    'AIO-LOCK-004 the first waiter is cancelled while the holder releases: one other acquires, not two',
    async () => {
      const lock = new Lock();
      const seen: number[] = [];
      await lock.acquire();
      const [first, ...others] = acquirers(lock, seen, 3);
      await settle();
      first?.cancel();
      lock.release();
      await settle();
      assert.deepEqual([seen, lock.locked()], [[2], true]);
      lock.release();
      await Promise.all(others);
    },
  );

  inRun('AIO-LOCK-005 a waiter that is cancelled after it was woken passes the lock on', async () => {
    const lock = new Lock();
    const seen: number[] = [];
    await lock.acquire();
    const [first, second] = acquirers(lock, seen, 2);
    await settle();
    lock.release();
    first?.cancel();
    await assert.rejects((first as Task).result(), isCancelled());
    await settle();
    assert.deepEqual(seen, [2]);
    lock.release();
    await second;
    assert.equal(lock.locked(), false);
  });

  it('AIO-LOCK-006 release() of a lock that is not held is an InvalidStateError', () => {
    assert.throws(() => new Lock().release(), InvalidStateError);
    assert.throws(() => new Lock().release(), /Lock is not acquired\./);
  });

  inRun('AIO-LOCK-007 release() without waiters unlocks', async () => {
    const lock = new Lock();
    await lock.acquire();
    assert.equal(lock.locked(), true);
    lock.release();
    assert.equal(lock.locked(), false);
  });

  inRun('AIO-LOCK-009 `await lock` instead of `await lock.acquire()` leaves the lock free', async () => {
    const lock = new Lock();
    assert.equal(await Promise.resolve(lock), lock);
    assert.equal(lock.locked(), false);
  });

  inRun('AIO-LOCK-011 inspect() shows state and waiters', async () => {
    const lock = new Lock();
    assert.equal(inspect(lock), 'Lock { unlocked }');
    await lock.acquire();
    assert.equal(inspect(lock), 'Lock { locked }');
    const task = createTask(() => lock.acquire());
    await settle();
    assert.equal(inspect(lock), 'Lock { locked, waiters: 1 }');
    lock.release();
    await task;
  });

  inRun('AIO-LOCK-012 who comes later queues behind those who wait', async () => {
    const lock = new Lock();
    const seen: number[] = [];
    await lock.acquire();
    const [first] = acquirers(lock, seen, 1);
    await settle();
    lock.release();
    const barging = lock.acquire();
    assert.equal(lock.tryAcquire(), undefined);
    await first;
    assert.deepEqual(seen, [1]);
    lock.release();
    await barging;
    lock.release();
  });

  inRun('a guard releases once, at the end of its block', async () => {
    const lock = new Lock();
    {
      using guard = await lock.acquire();
      assert.equal(lock.locked(), true);
      guard.release();
      await lock.acquire();
    }
    assert.equal(lock.locked(), true, 'the second holder keeps it');
    lock.release();
  });

  inTime('acquire() takes a timeout and a signal, and then holds nothing', async () => {
    const lock = new Lock();
    await lock.acquire();
    await assert.rejects(lock.acquire({ timeout: 10 }), TimeoutError);
    const controller = new AbortController();
    const waiting = lock.acquire({ signal: controller.signal });
    controller.abort('enough');
    await assert.rejects(waiting, isCancelled('enough'));
    assert.equal(lock.statistics().waiting, 0);
    lock.release();
    assert.equal(lock.locked(), false);
  });

  inTime('run() releases when its function throws', async () => {
    const lock = new Lock();
    await assert.rejects(
      lock.run(async () => {
        await sleep(1);
        throw new RangeError('inside');
      }),
      RangeError,
    );
    assert.equal(lock.locked(), false);
  });
});
