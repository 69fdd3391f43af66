import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { WorkerLostError } from 'offloop';
import { VirtualClock } from 'offloop/testing';
import { describeExecutors, it } from '../executors/describe-executors.ts';
import { throwAfterwards } from '../../fixtures/tasks/exits.ts';
import { hold } from '../../fixtures/tasks/gated.ts';
import { hoard } from '../../fixtures/tasks/state.ts';
import { arrive, until } from '../../fixtures/tasks/tally.ts';
import { where } from '../../fixtures/tasks/where.ts';

const MAX_HEAP = 24 * 1024 * 1024;
/** Of eight bytes each. */
const TOO_MANY = 4 * 1024 * 1024;

describeExecutors('a worker whose heap has grown above maxHeap', (executor) => {
  it('is replaced after its task, whose result stands', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxHeap: MAX_HEAP });
    const before = await pool.submit(where);
    assert.equal((await pool.submit(where)).worker, before.worker, 'not one that has kept little');
    assert.equal(await pool.submit(hoard, TOO_MANY), TOO_MANY);
    assert.notEqual((await pool.submit(where)).worker, before.worker);
    assert.deepEqual([pool.statistics().workers, pool.statistics().lost], [1, 0]);
  });

  it('leaves what waits behind its task to others, and nothing is lost when all of them are replaced', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2, maxHeap: MAX_HEAP });
    const sizes = await Promise.all(Array.from({ length: 4 }, (_, i) => pool.submit(hoard, TOO_MANY + i)));
    assert.deepEqual(
      sizes,
      Array.from({ length: 4 }, (_, i) => TOO_MANY + i),
    );
    assert.equal(pool.statistics().lost, 0);
  });

  it('is replaced also while the pool is closing', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxHeap: MAX_HEAP });
    const sizes = [0, 1, 2].map((i) => pool.submit(hoard, TOO_MANY + i));
    await pool.shutdown();
    assert.deepEqual(await Promise.all(sizes), [TOO_MANY, TOO_MANY + 1, TOO_MANY + 2]);
    assert.equal(pool.statistics().workers, 0);
  });
});

describeExecutors('a worker that ends between two tasks', (executor) => {
  it('by an error thrown after its task has ended: the result stands, and the pool goes on', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const left = executor.tally(t);
    assert.equal(await pool.submit(throwAfterwards, left), 'done before the error');
    await until(left);
    // The next task may reach the worker while it leaves: it is run elsewhere or fails as lost, but it never hangs.
    const [outcome] = await Promise.allSettled([pool.submit((x: number) => x, 3)]);
    assert.ok(outcome.status === 'fulfilled' || outcome.reason instanceof WorkerLostError, inspect(outcome));
    assert.equal(await pool.submit((x: number) => x, 4), 4);
  });

  it(
    'by a signal from outside: the pool goes on, and shutdown returns',
    { skip: executor.containsCrashes ? false : 'a signal to a thread ends the program' },
    async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      process.kill(await pool.submit(() => process.pid), 'SIGKILL');
      assert.equal(await pool.with({ retries: 1 }).submit((x: number) => x, 3), 3);
      process.kill(await pool.submit(() => process.pid), 'SIGKILL');
      await pool.shutdown();
      assert.equal(pool.statistics().workers, 0);
    },
  );
});

describeExecutors('the time limit of a task', (executor) => {
  const skip = executor.containsCrashes ? 'a VirtualClock stands still while a child process runs' : false;

  it('does not run while it waits for a worker', { skip }, async (t) => {
    using clock = new VirtualClock({ autojump: false });
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const first = pool.submit(hold, started, release, 1);
    const second = pool.with({ timeout: 1000 }).submit((x: number) => x, 2);
    await until(started);
    await clock.advance(5000);
    assert.equal(second.done(), false);
    arrive(release);
    assert.deepEqual([await first, await second], [1, 2]);
  });
});
