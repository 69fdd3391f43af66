import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Barrier, BrokenBarrierError, createTask, gather, InvalidOptionError, sleep, type Task } from 'offloop';
import { inRun, isCancelled, settle } from './support.js';

const parties = (barrier: Barrier, count: number): Task<number>[] =>
  Array.from({ length: count }, () => createTask(() => barrier.wait()));

async function outcomes(tasks: readonly Task[]): Promise<string[]> {
  const all = await gather([...tasks], { returnExceptions: true });
  return all.map((one) => (one instanceof Error ? one.name : 'passed'));
}

describe('asyncio.Barrier', () => {
  it('AIO-BAR-001 fewer than one party is an InvalidOptionError', () => {
    for (const count of [0, -4]) assert.throws(() => new Barrier(count), InvalidOptionError);
  });

  inRun('AIO-BAR-002 each party has a number of its own', async () => {
    const barrier = new Barrier(3);
    const indexes = await gather(parties(barrier, 3));
    assert.deepEqual(new Set(indexes), new Set([0, 1, 2]));
    assert.deepEqual([barrier.nWaiting, barrier.broken], [0, false]);
  });

  inRun('AIO-BAR-004 nWaiting counts those who have come', async () => {
    const barrier = new Barrier(3);
    const tasks: Task<number>[] = [];
    for (const expected of [1, 2, 0]) {
      tasks.push(createTask(() => barrier.wait()));
      await settle();
      assert.equal(barrier.nWaiting, expected);
    }
    await Promise.all(tasks);
  });

  inRun('AIO-BAR-005 it can be used again and again', async () => {
    const barrier = new Barrier(5);
    const passed = [0, 0];
    await gather(
      Array.from({ length: 5 }, () => async () => {
        for (const round of [0, 1]) {
          await barrier.wait();
          passed[round] = (passed[round] ?? 0) + 1;
        }
      }),
    );
    assert.deepEqual([passed, barrier.nWaiting], [[5, 5], 0]);
  });

  inRun('AIO-BAR-006 it is draining until the last has left', async () => {
    const barrier = new Barrier(2);
    const tasks = parties(barrier, 2);
    await Promise.resolve();
    await Promise.resolve();
    assert.match(inspect(barrier), /Barrier \{ (?:filling|draining)/);
    await Promise.all(tasks);
    assert.match(inspect(barrier), /Barrier \{ filling/);
  });

  inRun('AIO-BAR-007 who comes while the last round leaves waits for the next', async () => {
    const barrier = new Barrier(2);
    const first = parties(barrier, 3);
    await settle();
    assert.equal(first.filter((task) => task.done()).length, 2);
    assert.equal(barrier.nWaiting, 1);
    await barrier.wait();
    await Promise.all(first);
  });

  inRun('AIO-BAR-009 reset() breaks those who wait; then it works again', async () => {
    const barrier = new Barrier(3);
    const tasks = parties(barrier, 2);
    await settle();
    barrier.reset();
    assert.deepEqual(await outcomes(tasks), ['BrokenBarrierError', 'BrokenBarrierError']);
    assert.equal(barrier.broken, false);
    assert.equal((await gather(parties(barrier, 3))).length, 3);
  });

  inRun('AIO-BAR-010 they may wait again in their finally', async () => {
    const barrier = new Barrier(3);
    const tasks = [1, 2].map(() =>
      createTask(async () => {
        await assert.rejects(barrier.wait(), BrokenBarrierError);
        await barrier.wait();
      }),
    );
    await settle();
    barrier.reset();
    await settle();
    await barrier.wait();
    await Promise.all(tasks);
  });

  inRun('AIO-BAR-011 reset() when half have left breaks only those still inside', async () => {
    const barrier = new Barrier(4);
    let left = 0;
    const tasks = Array.from({ length: 4 }, () =>
      createTask(async () => {
        await barrier.wait();
        if (++left === 2) barrier.reset();
      }),
    );
    const ends = await outcomes(tasks);
    assert.equal(ends.filter((end) => end === 'passed').length >= 2, true);
    assert.equal(barrier.broken, false);
    assert.equal((await gather(parties(barrier, 4))).length, 4);
  });

  inRun('AIO-BAR-012 reset() does not break those who wait outside for the last round to leave', async () => {
    const barrier = new Barrier(2);
    const first = parties(barrier, 2);
    const outside = parties(barrier, 2);
    barrier.reset();
    await settle();
    assert.deepEqual(await outcomes(outside), ['passed', 'passed']);
    await Promise.allSettled(first);
  });

  inRun('AIO-BAR-014 abort() breaks it until reset()', async () => {
    const barrier = new Barrier(2);
    barrier.abort();
    assert.equal(barrier.broken, true);
    await assert.rejects(barrier.wait(), BrokenBarrierError);
  });

  inRun('AIO-BAR-015 one party fails and aborts: the others learn of it', async () => {
    const barrier = new Barrier(4);
    const tasks = parties(barrier, 3);
    await settle();
    barrier.abort();
    assert.deepEqual(
      await outcomes(tasks),
      tasks.map(() => 'BrokenBarrierError'),
    );
    assert.deepEqual([barrier.broken, barrier.nWaiting], [true, 0]);
  });

  inRun('AIO-BAR-017 aborted, then reset, it works', async () => {
    const barrier = new Barrier(2);
    const [waiting] = parties(barrier, 1);
    await settle();
    barrier.abort();
    assert.deepEqual(await outcomes([waiting as Task<number>]), ['BrokenBarrierError']);
    barrier.reset();
    assert.equal((await gather(parties(barrier, 2))).length, 2);
  });

  inRun('a cancelled party just leaves', async () => {
    const barrier = new Barrier(2);
    const [gone] = parties(barrier, 1);
    await settle();
    gone?.cancel();
    await assert.rejects((gone as Task).result(), isCancelled());
    assert.deepEqual([barrier.nWaiting, barrier.broken], [0, false]);
    assert.equal((await gather(parties(barrier, 2))).length, 2);
    await sleep(0);
  });
});
