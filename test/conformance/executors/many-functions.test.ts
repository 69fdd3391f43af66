import assert from 'node:assert/strict';
import { describeExecutors, it } from './describe-executors.ts';

describeExecutors('many functions at once', (executor) => {
  it('a thousand function objects submitted in one turn each run as themselves', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const add = (x: number): number => x + 1_000_000;
    const futures = Array.from({ length: 1_000 }, (_, index) => [
      pool.submit((x: number) => x * 2, index),
      pool.submit((x: number) => `${x}`, index),
      pool.submit(add, index),
    ]).flat();
    const expected = Array.from({ length: 1_000 }, (_, index) => [index * 2, `${index}`, index + 1_000_000]).flat();
    assert.deepEqual(await Promise.all(futures), expected);
  });
});
