import assert from 'node:assert/strict';
import { describeExecutors, it } from './describe-executors.ts';
import { count } from '../../fixtures/tasks/state.ts';
import { hold, mark } from '../../fixtures/tasks/gated.ts';
import { arrivals, arrive, until } from '../../fixtures/tasks/tally.ts';
import { where, whereTogether } from '../../fixtures/tasks/where.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

describeExecutors('sizing, reuse and names', (executor) => {
  it('CF-TPE-001 CF-IPE-012 without maxWorkers the pool grows to its default size and no further', async (t) => {
    const pool = executor.open(t);
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const futures = range(executor.defaultMaxWorkers + 4).map((i) => pool.submit(hold, started, release, i));
    await until(started, executor.defaultMaxWorkers);
    assert.equal(pool.statistics().workers, executor.defaultMaxWorkers);
    assert.equal(pool.statistics().queued, 4);
    arrive(release);
    assert.deepEqual(await Promise.all(futures), range(executor.defaultMaxWorkers + 4));
    assert.equal(pool.statistics().workers, executor.defaultMaxWorkers);
  });

  it('CF-TPE-002 CF-IPE-011 sixty blocked tasks on a pool of four make four workers, and all end', async (t) => {
    const pool = executor.open(t, { maxWorkers: 4 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const futures = range(60).map((i) => pool.submit(hold, started, release, i));
    await until(started, 4);
    const { workers, running, queued } = pool.statistics();
    assert.deepEqual({ workers, running, queued }, { workers: 4, running: 4, queued: 56 });
    assert.equal(arrivals(started), 4);
    arrive(release);
    assert.deepEqual(await Promise.all(futures), range(60));
  });

  it('CF-IPE-014 CF-PPE-009 three tasks one after the other use one worker', async (t) => {
    const pool = executor.open(t, { maxWorkers: 4 });
    const workers = new Set<string>();
    for (let i = 0; i < 3; i += 1) workers.add((await pool.submit(where)).worker);
    assert.equal(workers.size, 1);
    assert.equal(pool.statistics().workers, 1);
  });

  it('CF-PPE-010 six tasks of which every other is awaited use at most three workers', async (t) => {
    const pool = executor.open(t, { maxWorkers: 12 });
    const ran = executor.tally(t);
    for (let i = 0; i < 3; i += 1) {
      await pool.submit(mark, ran, i);
      void pool.submit(mark, ran, i);
    }
    await until(ran, 6);
    assert.ok(pool.statistics().workers <= 3, `${pool.statistics().workers} workers`);
  });

  it('no worker is started before it is needed', async (t) => {
    const pool = executor.open(t, { maxWorkers: 4 });
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    assert.equal(pool.statistics().workers, 0);
  });

  it('minWorkers are started at once and stay', async (t) => {
    const pool = executor.open(t, { minWorkers: 2, maxWorkers: 3, idleTimeout: 1 });
    assert.equal(pool.statistics().workers, 2);
    const met = executor.tally(t);
    const places = await Promise.all(range(3).map(() => pool.submit(whereTogether, met, 3)));
    assert.equal(new Set(places.map(({ worker }) => worker)).size, 3);
    while (pool.statistics().workers > 2) {
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
    assert.equal(pool.statistics().workers, 2);
  });

  it('a worker that is idle for idleTimeout leaves, and the pool starts another when needed', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2, idleTimeout: 10 });
    const first = await pool.submit(where);
    while (pool.statistics().workers > 0) {
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
    const second = await pool.submit(where);
    assert.notEqual(second.worker, first.worker);
  });

  it('CF-TPE-004 worker names begin with threadNamePrefix', async (t) => {
    const pool = executor.open(t, { maxWorkers: 5, threadNamePrefix: 'SpecialPool' });
    const met = executor.tally(t);
    const places = await Promise.all(range(5).map(() => pool.submit(whereTogether, met, 5)));
    assert.deepEqual(
      places.map(({ name }) => name).toSorted(),
      range(5).map((i) => `SpecialPool_${i}`),
    );
  });

  it('CF-TPE-005 default names carry the number of the pool', async (t) => {
    const numbers = new Set<string>();
    for (let i = 0; i < 2; i += 1) {
      const pool = executor.open(t, { maxWorkers: 2 });
      const met = executor.tally(t);
      const places = await Promise.all(range(2).map(() => pool.submit(whereTogether, met, 2)));
      const names = places.map(({ name }) => name).toSorted();
      const poolNumber = new RegExp(`^${executor.name}-(\\d+)_0$`).exec(names[0] ?? '')?.[1];
      assert.ok(poolNumber !== undefined, `unexpected name ${names[0]}`);
      assert.equal(names[1], `${executor.name}-${poolNumber}_1`);
      numbers.add(poolNumber);
    }
    assert.equal(numbers.size, 2, 'each pool has a number of its own');
  });

  it('CF-PPE-011 after maxTasksPerWorker tasks a worker is replaced', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxTasksPerWorker: 3 });
    const workers: string[] = [];
    for (let i = 0; i < 4; i += 1) workers.push((await pool.submit(where)).worker);
    const [first, second, third, fourth] = workers;
    assert.deepEqual([second, third], [first, first]);
    assert.notEqual(fourth, first);
    assert.equal(pool.statistics().workers, 1);
  });

  it('maxTasksPerWorker 1 gives every task a fresh worker', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2, maxTasksPerWorker: 1 });
    const counts = await Promise.all(range(5).map(() => pool.submit(count)));
    assert.deepEqual(counts, [1, 1, 1, 1, 1]);
  });

  for (const [maxWorkers, maxTasksPerWorker, tasks] of [
    [1, 2, 6],
    [2, 2, 8],
    [3, 1, 6],
  ] as const) {
    it(`CF-PPE-015 ${tasks} tasks at once on ${maxWorkers} workers of ${maxTasksPerWorker} tasks each all give results`, async (t) => {
      const pool = executor.open(t, { maxWorkers, maxTasksPerWorker });
      const ran = executor.tally(t);
      assert.deepEqual(await Promise.all(range(tasks).map((i) => pool.submit(mark, ran, i))), range(tasks));
    });
  }

  it('CF-PPE-016 workers retire and are replaced after shutdown({ wait: false })', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxTasksPerWorker: 1 });
    const [started, release, ran] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const first = pool.submit(hold, started, release, 1);
    const rest = [pool.submit(mark, ran, 2), pool.submit(mark, ran, 3)];
    await until(started);
    await pool.shutdown({ wait: false });
    arrive(release);
    assert.equal(await first, 1);
    assert.deepEqual(await Promise.all(rest), [2, 3]);
  });

  it('CF-PPE-020 shutting down at once leaves every task of retiring workers its result', async (t) => {
    const pool = executor.open(t, { maxWorkers: 3, maxTasksPerWorker: 1 });
    const ran = executor.tally(t);
    const futures = range(6).map((i) => pool.submit(mark, ran, i));
    await pool.shutdown();
    assert.deepEqual(await Promise.all(futures), range(6));
    assert.equal(pool.statistics().workers, 0);
  });
});
