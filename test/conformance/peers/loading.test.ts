import assert from 'node:assert/strict';
import { describeExecutors, it } from '../executors/describe-executors.ts';
import { neverLoaded } from '../../fixtures/tasks/cannot-load.ts';
import { onlyInTheParent } from '../../fixtures/tasks/loading.ts';

// piscina hides what a module throws while it loads; comlink, tinypool and synckit leave the caller waiting.
describeExecutors('code that cannot be loaded', (executor) => {
  it('a module that throws while a worker loads it fails that job with its error, and the pool goes on', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = await pool.submit(neverLoaded).exception();
    assert.ok(error instanceof Error);
    const told = `${error.message}\n${String((error.cause as Error | undefined)?.message)}`;
    assert.match(told, /this module cannot be loaded in a worker/);
    assert.equal(await pool.submit((x: number) => x, 2), 2);
    assert.equal(pool.statistics().lost, 0);
  });

  it('a module that lacks the function over there fails that job, naming module and export', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.ok(onlyInTheParent !== undefined);
    const error = await pool.submit(onlyInTheParent).exception();
    assert.ok(error instanceof Error);
    assert.match(error.message, /onlyInTheParent/);
    assert.match(error.message, /loading\.(js|ts)/);
    assert.equal(await pool.submit((x: number) => x, 2), 2);
  });
});
