import assert from 'node:assert/strict';
import { BrokenExecutorError, CaptureError, WorkerLostError } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';
import { exitWith } from '../../fixtures/tasks/exits.ts';
import { meet } from '../../fixtures/tasks/gated.ts';
import { failToInitialise, initialise, initialiseLater, readState } from '../../fixtures/tasks/state.ts';
import { arrivals } from '../../fixtures/tasks/tally.ts';

const broken = (message: RegExp) => (error: unknown) =>
  error instanceof BrokenExecutorError && error.cause instanceof RangeError && message.test(error.cause.message);

describeExecutors('initializer', (executor) => {
  it('CF-INIT-001 CF-IPE-001 runs once per worker, before its first task', async (t) => {
    const [ran, met] = [executor.tally(t), executor.tally(t)];
    const pool = executor.open(t, { maxWorkers: 2, initializer: initialise, initArgs: ['initialised', ran] });
    await Promise.all([pool.submit(meet, met, 2), pool.submit(meet, met, 2)]);
    for (let i = 0; i < 4; i += 1) assert.equal(await pool.submit(readState), 'initialised');
    assert.equal(pool.statistics().workers, 2);
    assert.equal(arrivals(ran), 2);
  });

  it('CF-IPE-002 changes its own worker only, not the parent', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, initializer: initialise, initArgs: ['initialised'] });
    assert.equal(await pool.submit(readState), 'initialised');
    assert.equal(readState(), 'uninitialised');
  });

  it('may be asynchronous: the first task waits for it', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, initializer: initialiseLater, initArgs: ['later'] });
    assert.equal(await pool.submit(readState), 'later');
  });

  it('runs in the worker that replaces a retired one', async (t) => {
    const ran = executor.tally(t);
    const pool = executor.open(t, {
      maxWorkers: 1,
      maxTasksPerWorker: 1,
      initializer: initialise,
      initArgs: ['again', ran],
    });
    for (let i = 0; i < 3; i += 1) assert.equal(await pool.submit(readState), 'again');
    assert.ok(arrivals(ran) >= 3);
  });

  it('CF-INIT-002 CF-IPE-005 one that throws breaks the pool: the cause is its error', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2, initializer: failToInitialise, initArgs: ['error in initializer'] });
    await assert.rejects(async () => pool.submit(readState), broken(/^error in initializer$/));
    assert.throws(() => pool.submit(readState), broken(/^error in initializer$/), 'later submissions throw at once');
  });

  it('CF-INIT-005 CF-PPE-004 every queued job of the broken pool fails, with an error of its own', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, initializer: failToInitialise, initArgs: ['no luck'] });
    const futures = Array.from({ length: 6 }, () => pool.submit(readState));
    const outcomes = await Promise.allSettled(futures);
    const reasons = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as unknown) : 'a result',
    );
    for (const reason of reasons) assert.ok(broken(/^no luck$/)(reason), String(reason));
    assert.equal(new Set(reasons).size, 6);
  });

  it('CF-INIT-005 the workers of a broken pool end, and shutdown returns', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2, initializer: failToInitialise, initArgs: ['no luck'] });
    await assert.rejects(async () => pool.submit(readState), BrokenExecutorError);
    await pool.shutdown();
    assert.equal(pool.statistics().workers, 0);
  });

  it('one that ends its worker breaks the pool, with the exit code in the cause', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, initializer: exitWith, initArgs: [3] });
    await assert.rejects(
      async () => pool.submit(readState),
      (error) =>
        error instanceof BrokenExecutorError && error.cause instanceof WorkerLostError && error.cause.exitCode === 3,
    );
  });

  it('CF-IPE-004 one that cannot travel is a CaptureError before any job is queued', async (t) => {
    const settings = Promise.resolve(1);
    for (const initializer of [() => typeof settings, new Proxy(initialise, {})]) {
      assert.throws(() => {
        const pool = executor.open(t, { maxWorkers: 1, initializer });
        void pool.submit(readState);
      }, CaptureError);
    }
  });
});
