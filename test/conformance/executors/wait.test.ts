import assert from 'node:assert/strict';
import { asCompleted, InvalidOptionError, TimeoutError, wait, type Future } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';
import { fail } from '../../fixtures/tasks/failures.ts';
import { hold, mark } from '../../fixtures/tasks/gated.ts';
import { arrive, until, type Tally } from '../../fixtures/tasks/tally.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
/** The futures in the order they are yielded. By hand: `for await` has the type of what a future gives. */
async function yielded<T>(
  futures: readonly Future<T>[],
  options: { timeout?: number },
  seen: Future<T>[],
): Promise<void> {
  const iterator = asCompleted(futures, options)[Symbol.asyncIterator]();
  for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) seen.push(step.value);
}

const settled = (future: Future): Promise<unknown> => Promise.allSettled([future]);

describeExecutors('wait on real work', (executor) => {
  it('CF-WAIT-001 the same future twice counts once', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const future = pool.submit((x: number) => x, 1);
    const { done, pending } = await wait([future, future]);
    assert.deepEqual([...done], [future]);
    assert.equal(pending.size, 0);
  });

  it('CF-WAIT-002 firstCompleted: a cancelled future is done, the blocked one is not', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const blocked = pool.submit(hold, started, release, 1);
    const cancelled = pool.submit(hold, started, release, 2);
    await until(started);
    cancelled.cancel();
    const { done, pending } = await wait([cancelled, blocked], { returnWhen: 'firstCompleted' });
    assert.deepEqual([...done], [cancelled]);
    assert.deepEqual([...pending], [blocked]);
    arrive(release);
    await blocked;
  });

  it('CF-WAIT-002 firstCompleted returns with the quick one', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const blocked = pool.submit(hold, started, release, 1);
    const quick = pool.submit((x: number) => x, 2);
    const { done, pending } = await wait([blocked, quick], { returnWhen: 'firstCompleted' });
    assert.deepEqual([[...done], [...pending]], [[quick], [blocked]]);
    arrive(release);
    await blocked;
  });

  it('CF-WAIT-004 firstException returns when one fails', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const blocked = pool.submit(hold, started, release, 1);
    await until(started);
    const ok = pool.submit((x: number) => x, 2);
    const failing = pool.submit(fail, 'range');
    const { done, pending } = await wait([ok, failing, blocked], { returnWhen: 'firstException' });
    assert.deepEqual([done, pending], [new Set<Future>([ok, failing]), new Set<Future>([blocked])]);
    arrive(release);
    await blocked;
  });

  it('CF-WAIT-005 firstException: a cancellation is not an exception', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const finished = pool.submit((x: number) => x, 1);
    await finished;
    const running = pool.submit(hold, started, release, 2);
    const cancelled = pool.submit((x: number) => x, 3);
    const failing = pool.submit(fail, 'range');
    const last = pool.submit(hold, started, executor.tally(t), 4);
    await until(started);
    cancelled.cancel();
    const waiting = wait([finished, cancelled, running, failing, last], { returnWhen: 'firstException' });
    arrive(release);
    const { done, pending } = await waiting;
    assert.deepEqual(done, new Set<Future>([finished, cancelled, running, failing]));
    assert.deepEqual(pending, new Set<Future>([last]));
    const ended = settled(last);
    await pool.terminate();
    await ended;
  });

  it('CF-WAIT-006 firstException returns at once with one that failed before', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const failed = pool.submit(fail, 'range');
    await settled(failed);
    const blocked = pool.submit(hold, started, release, 1);
    const { done } = await wait([blocked, failed], { returnWhen: 'firstException' });
    assert.deepEqual([...done], [failed]);
    arrive(release);
    await blocked;
  });

  it('CF-WAIT-007 allCompleted: results, failures and cancellations are all done, and wait throws none', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const running = pool.submit(hold, started, release, 1);
    const failing = pool.submit(fail, 'range');
    const cancelled = pool.submit((x: number) => x, 1);
    await until(started);
    cancelled.cancel();
    arrive(release);
    const { done, pending } = await wait([running, failing, cancelled]);
    assert.equal(done.size, 3);
    assert.equal(pending.size, 0);
  });

  it('CF-WAIT-009 a hundred completions are none of them lost', async (t) => {
    const pool = executor.open(t, { maxWorkers: 4 });
    const ran = executor.tally(t);
    const futures = range(100).map((i) => pool.submit(mark, ran, i));
    const { done, pending } = await wait(futures);
    assert.deepEqual([done.size, pending.size], [100, 0]);
  });

  it('CF-WAIT-010 an unknown returnWhen is an InvalidOptionError', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const future = pool.submit((x: number) => x, 1);
    await assert.rejects(
      async () => wait([future], { returnWhen: 'sometimes' as 'allCompleted' }),
      (error) =>
        error instanceof InvalidOptionError && error.option === 'returnWhen' && /sometimes/.test(error.message),
    );
    await future;
  });

  it('a timeout leaves the rest pending and cancels nothing', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const blocked = pool.submit(hold, started, release, 5);
    await until(started);
    const { done, pending } = await wait([blocked], { timeout: 5 });
    assert.deepEqual([done.size, pending.size], [0, 1]);
    arrive(release);
    assert.equal(await blocked, 5);
  });
});

describeExecutors('asCompleted on real work', (executor) => {
  it('CF-ASC-001 each future comes once, the finished ones first', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const finished = pool.submit((x: number) => x, 1);
    await finished;
    const running = pool.submit(hold, started, release, 2);
    const cancelled = pool.submit((x: number) => x, 3);
    await until(started);
    cancelled.cancel();
    const iterator = asCompleted([running, cancelled, finished, finished])[Symbol.asyncIterator]();
    const first = [(await iterator.next()).value, (await iterator.next()).value] as Future[];
    assert.deepEqual(new Set(first), new Set<Future>([finished, cancelled]));
    arrive(release);
    assert.equal((await iterator.next()).value, running);
    assert.equal((await iterator.next()).done, true);
  });

  it('they come in the order they end', async (t) => {
    const pool = executor.open(t, { maxWorkers: 3 });
    const started = executor.tally(t);
    const gates = range(3).map(() => executor.tally(t));
    const futures = gates.map((gate, i) => pool.submit(hold, started, gate, i));
    await until(started, 3);
    const iterator = asCompleted(futures)[Symbol.asyncIterator]();
    for (const i of [2, 0, 1]) {
      const next = iterator.next();
      arrive(gates[i] as Tally);
      assert.equal((await next).value, futures[i]);
    }
  });

  for (const timeout of [0, 10]) {
    it(`CF-ASC-002 a timeout of ${timeout} comes after everything finished; the slow one is not cancelled`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const [started, release] = [executor.tally(t), executor.tally(t)];
      const finished = range(2).map((i) => pool.submit((x: number) => x, i));
      await Promise.all(finished);
      const slow = pool.submit(hold, started, release, 1);
      const seen: Future[] = [];
      await assert.rejects(yielded<unknown>([...finished, slow], { timeout }, seen), TimeoutError);
      assert.deepEqual(new Set(seen), new Set<Future>(finished));
      assert.equal(slow.done(), false);
      arrive(release);
      assert.equal(await slow, 1);
    });
  }

  it('CF-ASC-005 the TimeoutError says how many are unfinished', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const finished = range(2).map((i) => pool.submit((x: number) => x, i));
    await Promise.all(finished);
    const slow = range(2).map((i) => pool.submit(hold, started, release, i));
    await assert.rejects(
      async () => {
        for await (const _ of asCompleted([...finished, ...slow], { timeout: 0 }));
      },
      (error) => error instanceof TimeoutError && error.message.includes('2 (of 4) futures unfinished'),
    );
    arrive(release);
    await Promise.all(slow);
  });
});
