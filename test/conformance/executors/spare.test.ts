import assert from 'node:assert/strict';
import { CancelledError, type Future } from 'offloop';
import { describeExecutors, it, type Pool } from './describe-executors.ts';
import { spin } from '../../fixtures/tasks/exits.ts';
import { hold } from '../../fixtures/tasks/gated.ts';
import { initialise, sayComingAndGoing } from '../../fixtures/tasks/state.ts';
import { arrivals, arrive, until, type Tally } from '../../fixtures/tasks/tally.ts';

async function cancelEndless(pool: Pool, started: Tally): Promise<void> {
  const future: Future = pool.submit(spin, started);
  await until(started);
  future.cancel();
  await assert.rejects(future.result(), CancelledError);
}

describeExecutors('the spare worker', (executor) => {
  it('a pool that ended a job by force has one ready for the next, though no job said that it may be cancelled', async (t) => {
    const started = executor.tally(t);
    const pool = executor.open(t, { maxWorkers: 1, initializer: initialise, initArgs: ['ready', started] });
    await cancelEndless(pool, executor.tally(t));
    assert.equal(await pool.submit((x: number) => x, 3), 3);
    // The one that was ended, the one that took its place, and, with nothing to do for anybody, one for the next time.
    await until(started, 3);
    await cancelEndless(pool, executor.tally(t));
    assert.equal(await pool.submit((x: number) => x, 3), 3);
    await until(started, 4);
  });

  it('when the spare has left, the next job that runs for a while brings it back', async (t) => {
    const [come, gone] = [executor.tally(t), executor.tally(t)];
    const options = { maxWorkers: 1, idleTimeout: 50 };
    const pool = executor.open(t, { ...options, initializer: sayComingAndGoing, initArgs: [come, gone] });
    await cancelEndless(pool, executor.tally(t));
    // The spare: nobody needs it.
    await until(come, 2);
    await until(gone);
    const [running, release] = [executor.tally(t), executor.tally(t)];
    const job = pool.submit(hold, running, release, 5);
    await until(come, 4);
    arrive(release);
    assert.equal(await job, 5);
    await pool.shutdown();
  });

  it('a pool in which nothing was ended by force starts none for a job without a signal or a time limit', async (t) => {
    const [come, comeWithLimit, release] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const pool = executor.open(t, { maxWorkers: 1, initializer: initialise, initArgs: ['', come] });
    const job = pool.submit(hold, executor.tally(t), release, 5);
    // The same with a limit, in a pool opened later, shows when there was time to start one.
    const other = executor.open(t, { maxWorkers: 1, initializer: initialise, initArgs: ['', comeWithLimit] });
    const limited = other.with({ timeout: 3_600_000 }).submit(hold, executor.tally(t), release, 6);
    await until(comeWithLimit, 2);
    arrive(release);
    assert.deepEqual([await job, await limited], [5, 6]);
    await pool.shutdown();
    assert.equal(arrivals(come), 1);
  });
});
