import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import {
  BoundedSemaphore,
  CapacityLimiter,
  createTask,
  InvalidOptionError,
  InvalidStateError,
  Semaphore,
  sleep,
  type Task,
} from 'offloop';
import { inRun, inTime, isCancelled, settle } from './support.js';

function acquirers(semaphore: Semaphore, seen: number[], count: number): Task<number>[] {
  return Array.from({ length: count }, (_, index) =>
    createTask(async () => {
      await semaphore.acquire();
      return seen.push(index + 1);
    }),
  );
}

describe('asyncio.Semaphore', () => {
  inRun('AIO-SEM-001 as many as there are permits, then those who wait', async () => {
    const semaphore = new Semaphore(3);
    const seen: number[] = [];
    await semaphore.acquire();
    await semaphore.acquire();
    const tasks = acquirers(semaphore, seen, 4);
    await settle();
    assert.deepEqual([seen, semaphore.locked(), semaphore.value], [[1], true, 0]);
    semaphore.release();
    semaphore.release();
    await settle();
    assert.deepEqual([seen, semaphore.value], [[1, 2, 3], 0]);
    semaphore.release();
    await Promise.all(tasks);
    assert.equal(semaphore.value, 0);
  });

  it('AIO-SEM-002 below zero is an InvalidOptionError', () => {
    assert.throws(() => new Semaphore(-1), InvalidOptionError);
  });

  it('AIO-SEM-004 a BoundedSemaphore refuses more releases than acquires', () => {
    assert.throws(() => new BoundedSemaphore().release(), /BoundedSemaphore released too many times/);
  });

  inRun('AIO-SEM-005 a cancelled waiter leaves nothing behind', async () => {
    const semaphore = new Semaphore(0);
    const [task] = acquirers(semaphore, [], 1);
    await settle();
    task?.cancel();
    await assert.rejects((task as Task).result(), isCancelled());
    assert.equal(semaphore.statistics().waiting, 0);
  });

  inRun('AIO-SEM-006 two of four cancelled, one release: the third has it', async () => {
    const semaphore = new Semaphore(0);
    const seen: number[] = [];
    const tasks = acquirers(semaphore, seen, 4);
    await settle();
    tasks[0]?.cancel();
    tasks[1]?.cancel();
    semaphore.release();
    await settle();
    assert.deepEqual([seen, tasks[3]?.done()], [[3], false]);
  });

  inRun('AIO-SEM-007 the first cancelled with the release: the second acquires', async () => {
    for (const order of ['cancel, release', 'release, cancel']) {
      const semaphore = new Semaphore(0);
      const seen: number[] = [];
      const [first, second] = acquirers(semaphore, seen, 2);
      await settle();
      if (order === 'cancel, release') first?.cancel();
      semaphore.release();
      if (order === 'release, cancel') first?.cancel();
      await second;
      assert.deepEqual([seen, semaphore.value], [[2], 0]);
    }
  });

  inRun('AIO-SEM-009 three that acquire twice take turns', async () => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    const seen: string[] = [];
    const tasks = ['c1', 'c2', 'c3'].map((name) =>
      createTask(async () => {
        for (let round = 0; round < 2; round++) {
          await semaphore.acquire();
          seen.push(name);
          await sleep(0);
          semaphore.release();
        }
      }),
    );
    await settle();
    semaphore.release();
    await Promise.all(tasks);
    assert.deepEqual(seen, ['c1', 'c2', 'c3', 'c1', 'c2', 'c3']);
  });

  inRun('AIO-SEM-010 who releases and acquires at once goes behind those who wait', async () => {
    const semaphore = new Semaphore(1);
    const seen: number[] = [];
    const first = createTask(async () => {
      await semaphore.acquire();
      seen.push(1);
      await settle();
      semaphore.release();
      await semaphore.acquire();
      seen.push(4);
    });
    const others = [2, 3].map((number) =>
      createTask(async () => {
        await semaphore.acquire();
        seen.push(number);
        semaphore.release();
      }),
    );
    await Promise.all([first, ...others]);
    assert.deepEqual(seen, [1, 2, 3, 4]);
  });

  inRun('AIO-SEM-011 the first cancelled, two releases: the others', async () => {
    const semaphore = new Semaphore(0);
    const seen: number[] = [];
    const tasks = acquirers(semaphore, seen, 3);
    await settle();
    tasks[0]?.cancel();
    await settle();
    semaphore.release();
    semaphore.release();
    await settle();
    assert.deepEqual(seen, [2, 3]);
  });

  inRun('AIO-SEM-012 three releases before the first wakes: all three wake, locked() meanwhile', async () => {
    const semaphore = new Semaphore(0);
    const seen: number[] = [];
    const tasks = acquirers(semaphore, seen, 3);
    await settle();
    for (let release = 0; release < 3; release++) {
      semaphore.release();
      assert.equal(semaphore.locked(), true);
    }
    await Promise.all(tasks);
    assert.deepEqual([seen, semaphore.value], [[1, 2, 3], 0]);
  });

  inRun('AIO-SEM-014 inspect() shows value or waiters', async () => {
    const semaphore = new Semaphore();
    assert.equal(inspect(semaphore), 'Semaphore { unlocked, value: 1 }');
    await semaphore.acquire();
    assert.equal(inspect(semaphore), 'Semaphore { locked }');
    const waiting = semaphore.acquire();
    assert.equal(inspect(semaphore), 'Semaphore { locked, waiters: 1 }');
    semaphore.release();
    await waiting;
  });
});

describe('CapacityLimiter', () => {
  inTime('lets so many in, and its total can be changed meanwhile', async () => {
    const limiter = new CapacityLimiter(2);
    let running = 0;
    let most = 0;
    const job = (): Promise<void> =>
      limiter.run(async () => {
        most = Math.max(most, ++running);
        await sleep(10);
        running--;
      });
    const all = Promise.all(Array.from({ length: 12 }, job));
    await sleep(5);
    assert.deepEqual([running, limiter.statistics().borrowed, limiter.statistics().waiting], [2, 2, 10]);
    limiter.total = 4;
    await sleep(1);
    assert.equal(running, 4);
    limiter.total = 1;
    await sleep(10);
    assert.ok(limiter.borrowed >= 1);
    await all;
    assert.deepEqual([most, limiter.borrowed, limiter.value], [4, 0, 1]);
  });

  it('refuses more releases than acquires, and a total below one', () => {
    assert.throws(() => new CapacityLimiter(1).release(), InvalidStateError);
    assert.throws(() => new CapacityLimiter(0), InvalidOptionError);
  });
});
