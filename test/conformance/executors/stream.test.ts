import assert from 'node:assert/strict';
import { describeExecutors, it } from './describe-executors.ts';
import { countTo, endless, failAfter } from '../../fixtures/tasks/streams.ts';
import { arrivals, until } from '../../fixtures/tasks/tally.ts';

describeExecutors('stream', (executor) => {
  it('what a generator yields over there is yielded here, in order', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const values: number[] = [];
    for await (const value of pool.stream(countTo, 5)) values.push(value);
    assert.deepEqual(values, [0, 1, 2, 3, 4]);
  });

  it('an error of the generator comes after what it yielded', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const values: number[] = [];
    await assert.rejects(
      async () => {
        for await (const value of pool.stream(failAfter, 3)) values.push(value);
      },
      { name: 'RangeError', message: 'after 3' },
    );
    assert.deepEqual(values, [0, 1, 2]);
    assert.equal(await pool.submit((x: number) => x, 1), 1);
  });

  it('leaving early runs the finally block of the generator and frees the worker', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [yielded, closed] = [executor.tally(t), executor.tally(t)];
    for await (const value of pool.stream(endless, yielded, closed)) if (value === 3) break;
    await until(closed);
    assert.equal(await pool.submit((x: number) => x, 1), 1);
  });

  it('a consumer that stops reading stops the generator', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [yielded, closed] = [executor.tally(t), executor.tally(t)];
    const stream = pool.stream(endless, yielded, closed);
    await stream.next();
    const before = arrivals(yielded);
    assert.ok(before < 10_000, `${before} values were made for one that was read`);
    await stream.return?.();
    await until(closed);
  });
});
