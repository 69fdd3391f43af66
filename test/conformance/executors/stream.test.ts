import assert from 'node:assert/strict';
import { TimeoutError, type CancelMode } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';
import { blockLater } from '../../fixtures/tasks/gated.ts';
import { countTo, endless, failAfter, idle, leavingSlowly, listening, spinning } from '../../fixtures/tasks/streams.ts';
import { arrivals, arrive, until } from '../../fixtures/tasks/tally.ts';

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

  for (const [what, stream] of [
    ['waits for something', idle],
    ['computes without end', spinning],
  ] as const) {
    it(`leaving a generator that ${what} cancels it, as any task, and frees the worker`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      for await (const value of pool.stream(stream)) {
        assert.equal(value, 1);
        break;
      }
      assert.equal(await pool.submit((x: number) => x, 2), 2);
    });
  }

  it('a generator that waits with workerSignal() hears that it was left, and its worker lives on', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const closed = executor.tally(t);
    const stream = pool.stream(listening, closed);
    const { value: worker } = await stream.next();
    await until(closed);
    await stream.return?.();
    assert.equal(arrivals(closed), 2);
    const again = pool.stream(listening, closed);
    assert.equal((await again.next()).value, worker);
    await again.return?.();
  });

  it('a generator that was left may take its time to clean up', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const [leaving, release, closed] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const slow = pool.stream(leavingSlowly, leaving, release, closed);
    await slow.next();
    const left = slow.return?.();
    await until(leaving);
    // This one is cancelled when the time for coming to a clean-up is over.
    for await (const value of pool.stream(idle)) if (value === 1) break;
    arrive(release);
    await left;
    assert.equal(arrivals(closed), 1);
  });

  for (const cancelMode of ['terminate', 'interrupt', 'cooperative', 'abandon'] satisfies CancelMode[]) {
    it(`streams in a pool with cancelMode '${cancelMode}'`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1, cancelMode });
      for (let round = 0; round < 20; round += 1) {
        const values: number[] = [];
        for await (const value of pool.stream(countTo, 40)) values.push(value);
        assert.equal(values.length, 40);
      }
    });
  }

  it("'abandon': a stream whose time is up before its worker has begun it frees the worker", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'abandon' });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const [yielded, closed] = [executor.tally(t), executor.tally(t)];
    await pool.submit(blockLater, started, release);
    await until(started);
    await assert.rejects(pool.with({ timeout: 1 }).stream(endless, yielded, closed).next(), TimeoutError);
    arrive(release);
    assert.equal(await pool.submit((x: number) => x, 1), 1);
  });
});
