import assert from 'node:assert/strict';
import { CancelledError, WorkerLostError } from 'offloop';
import { describeExecutors, it } from '../executors/describe-executors.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

describeExecutors('where pools of others break: loss and closing', (executor) => {
  it('a blocking wait for a task whose worker is lost throws (synckit waits for ever)', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.throws(() => pool.submit(() => process.exit(3)).resultSync(), WorkerLostError);
    assert.equal(await pool.submit(() => 3), 3);
  });

  it('shutdown() waits for every one of several busy workers (piscina ends them)', async (t) => {
    const pool = executor.open(t, { maxWorkers: 3 });
    const futures = range(9).map((i) =>
      pool.submit((ms: number) => new Promise((resolve) => setTimeout(resolve, ms, ms)), 5 * (i % 3)),
    );
    await pool.shutdown();
    assert.deepEqual(
      futures.map((future) => future.resultNow()),
      range(9).map((i) => 5 * (i % 3)),
    );
  });

  it('what a task leaves open does not keep shutdown() waiting (tinypool: terminate never resolves)', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await pool.submit(() => void setInterval(() => {}, 1000));
    await pool.shutdown();
    assert.equal(pool.statistics().workers, 0);
  });

  it('an overwritten process.exit cannot hide the end of a worker (tinypool hangs)', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const future = pool.submit(() => {
      const exit = process.exit.bind(process);
      process.exit = (code) => exit(Number(code) + 1);
      process.exit(4);
    });
    await assert.rejects(future.result(), (error) => error instanceof WorkerLostError && error.exitCode === 5);
    assert.equal(await pool.submit(() => 3), 3);
  });

  it('cancelling what has not started leaves alone what runs (tinypool: cancelPendingTasks)', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const running = pool.submit(() => new Promise((resolve) => setTimeout(resolve, 30, 'ran')));
    const queued = range(5).map(() => pool.submit(() => 'never'));
    while (!running.running()) await new Promise((resolve) => setTimeout(resolve, 1));
    const closed = pool.shutdown({ cancelFutures: true });
    for (const future of queued) await assert.rejects(future.result(), CancelledError);
    assert.equal(await running, 'ran');
    await closed;
  });

  it('the clean-up of a cancelled task does not touch the next one (workerpool ended it)', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    for (const i of range(5)) {
      const future = pool.with({ timeout: 20 }).submit(() => {
        for (;;);
      });
      future.catch(() => {});
      const next = pool.submit((x: number) => new Promise((resolve) => setTimeout(resolve, 5, x)), i);
      assert.equal(await next, i);
    }
  });

  it('terminate() while workers start, run and queue settles everything', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const futures = range(6).map(() =>
      pool.submit(() => {
        for (;;);
      }),
    );
    await pool.terminate();
    for (const future of futures) await assert.rejects(future.result(), CancelledError);
    assert.deepEqual([pool.statistics().workers, pool.statistics().queued], [0, 0]);
  });
});
