import assert from 'node:assert/strict';
import { CancelledError, type Executor, type Future } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';

/** More than a worker's ring can hold. */
const MANY = 600;
const ROUNDS = 12;

const echo = (x: number): number => x;
const busy = (ms: number): number => {
  const end = performance.now() + ms;
  let turns = 0;
  while (performance.now() < end) turns += 1;
  return turns;
};

/** A long job behind which more jobs were taken back than there is room for. */
async function fillUp(pool: Executor): Promise<{ readonly long: Future<number> }> {
  // Jobs are handed over early only while they are short.
  await Promise.all(Array.from({ length: 500 }, (_, i) => pool.submit(echo, i)));
  const long = pool.submit(busy, 20);
  for (let i = 0; i < MANY; i += 1) {
    const job = pool.submit(echo, i);
    assert.ok(job.cancel());
    job.catch(() => {});
  }
  return { long };
}

describeExecutors('a worker that has no room, because of what was taken back', (executor) => {
  it('gets the next job when it has', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    for (let round = 0; round < ROUNDS; round += 1) {
      await (
        await fillUp(pool)
      ).long;
      assert.equal(await pool.submit(echo, round), round);
    }
  });

  it('gets jobs of its key and those that are for every worker', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const keyed = pool.with({ key: 'mine' });
    for (let round = 0; round < ROUNDS; round += 1) {
      assert.equal(await keyed.submit(echo, round), round);
      await (
        await fillUp(pool)
      ).long;
      const all = pool.runOnAll(echo, round);
      assert.deepEqual([await keyed.submit(echo, round), await all], [round, [round]]);
    }
  });

  it('leaves none behind while short and long jobs are mixed', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    for (let round = 0; round < ROUNDS; round += 1) {
      const jobs = Array.from({ length: 2000 }, (_, i) => pool.submit(busy, i % 400 === 399 ? 10 : 0));
      assert.equal((await Promise.all(jobs)).length, jobs.length);
    }
  });

  it('hears that its stream may go on', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const count = 3000;
    await Promise.all(Array.from({ length: 500 }, (_, i) => pool.submit(echo, i)));
    const values = pool.stream(function* (count: number) {
      for (let i = 0; i < count; i += 1) yield i;
    }, count);
    let next = 0;
    for await (const value of values) {
      assert.equal(value, next);
      next += 1;
      if (next % 10 !== 0) continue;
      const job = pool.submit(echo, next);
      job.cancel();
      job.catch(() => {});
    }
    assert.equal(next, count);
  });

  it('ends at shutdown, and what waits for it is cancelled when that is asked', async (t) => {
    for (let round = 0; round < 4; round += 1) {
      const pool = executor.open(t, { maxWorkers: 1 });
      const { long } = await fillUp(pool);
      const last = pool.submit(echo, round);
      last.catch(() => {});
      await long;
      await pool.shutdown({ cancelFutures: round % 2 === 1 });
      const outcome = await last.exception().catch((error: unknown) => error);
      assert.ok(outcome === undefined || outcome instanceof CancelledError);
    }
  });
});
