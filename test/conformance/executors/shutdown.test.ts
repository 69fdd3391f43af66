import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { CancelledError, ExecutorShutDownError, WorkerLostError } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';
import { exitWith, sleepForEver, spin } from '../../fixtures/tasks/exits.ts';
import { hold, mark } from '../../fixtures/tasks/gated.ts';
import { arrivals, arrive, until } from '../../fixtures/tasks/tally.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

describeExecutors('shutdown', (executor) => {
  it('CF-SHUT-001 CF-PPE-025 submitting afterwards throws', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await pool.shutdown();
    assert.throws(
      () => pool.submit((x: number) => x, 1),
      (error) =>
        error instanceof ExecutorShutDownError && error.message.includes('cannot schedule new futures after shutdown'),
    );
  });

  it('submitting throws from the moment shutdown is called', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const closing = pool.shutdown();
    assert.throws(() => pool.submit((x: number) => x, 1), ExecutorShutDownError);
    await closing;
  });

  it('CF-SHUT-004 returns after all fifty queued jobs have ended', async (t) => {
    const pool = executor.open(t, { maxWorkers: 4 });
    const ran = executor.tally(t);
    const futures = range(50).map((i) => pool.submit(mark, ran, i));
    await pool.shutdown();
    assert.equal(arrivals(ran), 50);
    assert.deepEqual(
      futures.map((future) => future.resultNow()),
      range(50),
    );
  });

  it('closing a pool of three while tasks of 20, 150 and 400 ms run returns all three results', async (t) => {
    const pool = executor.open(t, { maxWorkers: 3 });
    const block = (ms: number): number => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      return ms;
    };
    const futures = [20, 150, 400].map((ms) => pool.submit(block, ms));
    await pool.shutdown();
    assert.deepEqual(
      futures.map((future) => future.resultNow()),
      [20, 150, 400],
    );
  });

  it('closing a pool of three whose tasks end one by one returns all three results', async (t) => {
    const pool = executor.open(t, { maxWorkers: 3 });
    const started = executor.tally(t);
    const gates = range(3).map(() => executor.tally(t));
    const futures = gates.map((gate, i) => pool.submit(hold, started, gate, i));
    await until(started, 3);
    const closing = pool.shutdown();
    for (const [i, gate] of gates.entries()) {
      arrive(gate);
      assert.equal(await futures[i], i);
    }
    await closing;
    assert.equal(pool.statistics().workers, 0);
  });

  it('CF-SHUT-005 CF-SHUT-006 cancelFutures cancels what is queued and lets what runs end', async (t) => {
    const pool = executor.open(t, { maxWorkers: 5 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const futures = range(50).map((i) => pool.submit(hold, started, release, i));
    await until(started, 5);
    const closing = pool.shutdown({ cancelFutures: true });
    arrive(release);
    await closing;
    assert.ok(
      futures.every((future) => future.done()),
      'no future is left pending',
    );
    assert.equal(futures.filter((future) => future.cancelled()).length, 45);
    assert.deepEqual(
      futures.slice(0, 5).map((future) => future.resultNow()),
      range(5),
    );
    assert.equal(arrivals(started), 5);
    await assert.rejects(
      async () => futures[10],
      (error) => error instanceof CancelledError && error.source === 'shutdown',
    );
  });

  it('CF-SHUT-009 CF-SHUT-014 CF-SHUT-015 all workers have exited when it returns', async (t) => {
    const pool = executor.open(t, { maxWorkers: 5 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const futures = range(3).map((i) => pool.submit(hold, started, release, i));
    await until(started, 3);
    assert.equal(pool.statistics().workers, 3);
    arrive(release);
    await pool.shutdown();
    assert.equal(pool.statistics().workers, 0);
    assert.deepEqual(
      futures.map((future) => future.resultNow()),
      range(3),
    );
  });

  it('CF-SHUT-010 NODE-014 leaving an await using block waits for the work', async (t) => {
    const ran = executor.tally(t);
    let results: AsyncIterable<number>;
    {
      await using pool = executor.open(t, { maxWorkers: 5 });
      results = pool.map(
        (x: number) => Math.abs(x),
        range(5).map((i) => i - 5),
      );
      void pool.submit(mark, ran, 1);
    }
    assert.equal(arrivals(ran), 1);
    const values: number[] = [];
    for await (const value of results) values.push(value);
    assert.deepEqual(values, [5, 4, 3, 2, 1]);
  });

  it('CF-SHUT-012 CF-SHUT-017 CF-SHUT-019 wait: false returns at once, the work goes on, the workers leave', async (t) => {
    const pool = executor.open(t, { maxWorkers: 4 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const futures = range(8).map((i) => pool.submit(hold, started, release, i));
    await until(started, 4);
    await pool.shutdown({ wait: false });
    assert.ok(
      futures.every((future) => !future.done()),
      'it did not wait',
    );
    arrive(release);
    assert.deepEqual(await Promise.all(futures), range(8));
    await pool.shutdown();
    assert.equal(pool.statistics().workers, 0);
  });

  it('CF-SHUT-020 may be called any number of times, at any time', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const ran = executor.tally(t);
    const future = pool.submit(mark, ran, 7);
    await Promise.all([pool.shutdown(), pool.shutdown({ wait: false }), pool.shutdown()]);
    await pool.shutdown();
    await pool.terminate();
    assert.equal(await future, 7);
  });

  it('CF-SHUT-021 a block that throws still lets queued work end, and its error propagates', async (t) => {
    const ran = executor.tally(t);
    await assert.rejects(
      async () => {
        await using pool = executor.open(t, { maxWorkers: 1 });
        for (const i of range(5)) void pool.submit(mark, ran, i);
        throw new RangeError('the block failed');
      },
      { name: 'RangeError', message: 'the block failed' },
    );
    assert.equal(arrivals(ran), 5);
  });

  it('a pool that was never used shuts down and terminates', async (t) => {
    await executor.open(t, { maxWorkers: 2 }).shutdown();
    await executor.open(t, { maxWorkers: 2 }).terminate();
    await executor.open(t, { maxWorkers: 2, minWorkers: 1 }).shutdown();
  });

  it('shutdown right after minWorkers were started returns and leaves none', async (t) => {
    const pool = executor.open(t, { minWorkers: 3, maxWorkers: 3 });
    await pool.shutdown();
    assert.equal(pool.statistics().workers, 0);
  });

  it('a timeout that passes terminates what still runs', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const started = executor.tally(t);
    const running = pool.submit(spin, started);
    const queued = pool.submit((x: number) => x, 1);
    await until(started);
    const outcomes = Promise.allSettled([running, queued]);
    await pool.shutdown({ timeout: 20 });
    for (const outcome of await outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof CancelledError, inspect(outcome));
      assert.equal(outcome.reason.source, 'shutdown');
    }
    assert.equal(pool.statistics().workers, 0);
  });

  it('a running job that is cancelled after shutdown leaves the queue behind it its worker', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const started = executor.tally(t);
    const running = pool.submit(spin, started);
    const queued = pool.submit((x: number) => x, 7);
    await until(started);
    const closing = pool.shutdown();
    running.cancel();
    await assert.rejects(async () => running, CancelledError);
    assert.equal(await queued, 7);
    await closing;
  });

  it('a worker lost after shutdown leaves the queue behind it its worker', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const leaving = pool.submit(exitWith, 3);
    const queued = pool.submit((x: number) => x, 7);
    const closing = pool.shutdown();
    await assert.rejects(async () => leaving, WorkerLostError);
    assert.equal(await queued, 7);
    await closing;
  });

  it('a later cancelFutures cancels what an earlier shutdown left queued', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const running = pool.submit(hold, started, release, 1);
    const queued = pool.submit(hold, started, release, 2);
    await until(started);
    const first = pool.shutdown();
    const second = pool.shutdown({ cancelFutures: true });
    arrive(release);
    await Promise.all([first, second]);
    assert.equal(await running, 1);
    assert.equal(queued.cancelled(), true);
  });
});

describeExecutors('terminate', (executor) => {
  it('CF-PPE-022 ends blocked workers; their jobs and the queued ones are cancelled', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const [started, ran] = [executor.tally(t), executor.tally(t)];
    const futures = [pool.submit(sleepForEver, started), pool.submit(spin, started), pool.submit(mark, ran, 1)];
    await until(started, 2);
    const outcomes = Promise.allSettled(futures);
    await pool.terminate();
    for (const outcome of await outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof CancelledError, inspect(outcome));
    }
    assert.equal(arrivals(ran), 0);
    assert.equal(pool.statistics().workers, 0);
  });

  it('CF-PPE-024 before any worker has started it does nothing', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    await pool.terminate();
    assert.equal(pool.statistics().workers, 0);
  });

  it('CF-PPE-024 while workers are still starting it ends them', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const futures = [pool.submit((x: number) => x, 1), pool.submit((x: number) => x, 2)];
    const outcomes = Promise.allSettled(futures);
    await pool.terminate();
    assert.ok((await outcomes).every(({ status }) => status === 'rejected'));
    assert.equal(pool.statistics().workers, 0);
  });

  it('CF-PPE-025 an idle pool is unusable afterwards', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    await pool.submit((x: number) => x, 1);
    await pool.terminate();
    assert.throws(() => pool.submit((x: number) => x, 1), ExecutorShutDownError);
    assert.equal(pool.statistics().workers, 0);
  });

  it('during a shutdown that waits, it ends the wait', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const started = executor.tally(t);
    const running = Promise.allSettled([pool.submit(sleepForEver, started)]);
    await until(started);
    const closing = pool.shutdown();
    await pool.terminate();
    await closing;
    assert.equal((await running)[0].status, 'rejected');
  });
});
