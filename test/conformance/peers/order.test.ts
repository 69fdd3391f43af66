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

  it('short jobs are not held up behind a long one while another worker is free', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    // After many short jobs a pool may hand jobs over before a worker is free.
    await Promise.all(range(300).map((i) => pool.submit((x: number) => x, i)));
    for (let round = 0; round < 5; round += 1) {
      const [started, release] = [executor.tally(t), executor.tally(t)];
      const short = range(20).map((i) => pool.submit((x: number) => x, i));
      const long = pool.submit(hold, started, release, round);
      short.push(...range(40).map((i) => pool.submit((x: number) => x, i)));
      await Promise.all(short);
      await until(started);
      assert.equal(long.done(), false);
      arrive(release);
      assert.equal(await long, round);
    }
  });

  it('two long jobs among short ones run side by side', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    await Promise.all(range(300).map((i) => pool.submit((x: number) => x, i)));
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const before = range(10).map((i) => pool.submit((x: number) => x, i));
    const long = range(2).map((i) => pool.submit(hold, started, release, i));
    const after = range(10).map((i) => pool.submit((x: number) => x, i));
    await until(started, 2);
    arrive(release);
    assert.deepEqual(await Promise.all([...before, ...long, ...after]), [...range(10), ...range(2), ...range(10)]);
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
