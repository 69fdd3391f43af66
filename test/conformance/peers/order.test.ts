import assert from 'node:assert/strict';
import { describeExecutors, it } from '../executors/describe-executors.ts';
import { hold } from '../../fixtures/tasks/gated.ts';
import { arrive, until } from '../../fixtures/tasks/tally.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

// Behaviours the peers' users asked for or reported as broken (piscina 1031, 109, "unbounded recursion").
describeExecutors('order under load', (executor) => {
  it('a thousand queued jobs on one worker run in the order of submission', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const first = pool.submit(hold, started, release, 0);
    await until(started);
    const ended: number[] = [];
    const futures = range(1_000).map((i) => {
      const future = pool.submit((x: number) => x, i);
      future.addDoneCallback((done) => ended.push(done.resultNow()));
      return future;
    });
    arrive(release);
    await Promise.all([first, ...futures]);
    assert.deepEqual(ended, range(1_000));
  });

  it('no job waits while later ones overtake it: with two workers a job starts at most two places late', {
    skip: executor.sharesMemory ? false : 'counts starts in shared memory',
  }, async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const holders = range(2).map((i) => pool.submit(hold, started, release, i));
    await until(started, 2);
    const clock = new SharedArrayBuffer(4);
    const futures = range(400).map((_, i) =>
      pool.submit(
        (cells: SharedArrayBuffer, index: number) => Atomics.add(new Int32Array(cells), 0, 1) - index,
        clock,
        i,
      ),
    );
    arrive(release);
    await Promise.all(holders);
    const late = await Promise.all(futures);
    assert.ok(
      late.every((places) => Math.abs(places) <= 2),
      `started up to ${Math.max(...late.map(Math.abs))} places away from the order of submission`,
    );
  });

  it('ten thousand calls one after the other do not deepen the stack', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    let value = 0;
    for (let i = 0; i < 10_000; i += 1) value = await pool.submit((x: number) => x + 1, value);
    assert.equal(value, 10_000);
  });

  it('ten thousand calls at once all give their own result', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const values = await Promise.all(range(10_000).map((i) => pool.submit((x: number) => x * 2, i)));
    assert.deepEqual(
      values,
      range(10_000).map((i) => i * 2),
    );
  });
});
