import assert from 'node:assert/strict';
import { callback, Future, getRunningLoop, type Callback } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';
import { failInPool, leavePoolOpen, sumInPool } from '../../fixtures/tasks/nested.ts';

type Inner = Callback<[number], number>;

describeExecutors('nested pools', (executor) => {
  it('a job may open a pool of its own', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const sums = await Promise.all([pool.submit(sumInPool, [1, 2, 3]), pool.submit(sumInPool, [4])]);
    assert.deepEqual(sums, [14, 16]);
  });

  it('an error from two workers deep arrives whole', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await assert.rejects(pool.submit(failInPool).result(), (error) => {
      assert.ok(error instanceof RangeError, String(error));
      assert.deepEqual([error.message, (error as NodeJS.ErrnoException).code], ['two workers deep', 'E_DEEP']);
      return true;
    });
  });

  it('a pool left open inside a job does not keep its worker from ending', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.equal(await pool.submit(leavePoolOpen), 2);
    await pool.shutdown();
    assert.equal(pool.statistics().workers, 0);
  });

  it('a callback of a future may submit to the same pool', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const again = new Future<number>();
    pool
      .submit((x: number) => x + 1, 1)
      .addDoneCallback((done) => {
        pool
          .submit((x: number) => x * 10, done.resultNow())
          .addDoneCallback((next) => again.setResult(next.resultNow()));
      });
    assert.equal(await again, 20);
  });

  for (const [how, outer] of [
    ['awaits', async (x: number, double: Inner) => (await double(x)) + 1],
    ['blocks for', async (x: number, double: Inner) => double(x).resultSync() + 1],
  ] as const) {
    it(`jobs that fill their pool and each ${how} a job of it do not deadlock`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 2 });
      const double = callback((x: number) => pool.submit((y: number) => y * 2, x));
      const futures = [1, 2, 3, 4, 5].map((x) => pool.submit(outer, x, double));
      assert.deepEqual(await Promise.all(futures), [3, 5, 7, 9, 11]);
      await pool.submit(() => 0);
      assert.ok(pool.statistics().workers <= 2, 'those that were added have left');
    });
  }

  it('jobs that each wait for the next one of their own pool of one do not deadlock', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const job = async (n: number, below: Inner): Promise<number> => (n === 0 ? 0 : n + (await below(n - 1)));
    const below: Inner = callback((n: number) => pool.submit(job, n, below));
    assert.equal(await pool.submit(job, 5, below), 15);
  });

  it('jobs that wait for their own full pool by way of another one do not deadlock', async (t) => {
    const [pool, other] = [executor.open(t, { maxWorkers: 1 }), executor.open(t, { maxWorkers: 1 })];
    const pass = async (x: number, next: Inner): Promise<number> => next(x);
    const last = callback((x: number) => pool.submit((y: number) => y + 1, x));
    const there = callback((x: number) => other.submit(pass, x, last));
    assert.equal(await pool.submit(pass, 1, there), 2);
  });

  it('a job that maps over its own full pool does not deadlock', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const sum = callback(async (values: number[]) => {
      let total = 0;
      for await (const value of pool.map((x: number) => x * x, values)) total += value;
      return total;
    });
    assert.equal(await pool.submit(async (sum: Callback<[number[]], number>) => sum([1, 2, 3]), sum), 14);
  });

  it('a failure of a job that has called back is still reported when nobody looks at it', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const reported = new Promise<unknown>((resolve) => {
      getRunningLoop().setExceptionHandler((_loop, { exception }) => resolve(exception));
      t.after(() => getRunningLoop().setExceptionHandler(null));
    });
    const inner = callback((x: number) => pool.submit((y: number) => y, x));
    void pool.submit(async (inner: Inner) => {
      await inner(1);
      throw new RangeError('nobody looks');
    }, inner);
    assert.ok((await reported) instanceof RangeError);
  });
});
