import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelledError, run, type Future } from 'offloop';
import { describeExecutors, it, type ExecutorKind, type Pool } from './describe-executors.ts';
import { isAsked, waitForSignal, workUntilAsked } from '../../fixtures/tasks/cooperative.ts';
import { customer, readAndChange } from '../../fixtures/tasks/context.ts';
import { sleepForEver, spin } from '../../fixtures/tasks/exits.ts';
import { hold, mark, waitThenSpin } from '../../fixtures/tasks/gated.ts';
import { count } from '../../fixtures/tasks/state.ts';
import { arrivals, arrive, until } from '../../fixtures/tasks/tally.ts';
import { currentTrace, currentTraceLater, spinWithTrace } from '../../fixtures/tasks/trace.ts';
import { where } from '../../fixtures/tasks/where.ts';

async function cancelledWith(future: Future): Promise<unknown> {
  const [outcome] = await Promise.allSettled([future]);
  assert.ok(outcome.status === 'rejected' && outcome.reason instanceof CancelledError, inspect(outcome));
  return outcome.reason.reason;
}

/** The only worker of this pool is left with a task that was dropped and computes for ever. */
async function leaveSpinning(executor: ExecutorKind, t: TestContext): Promise<Pool> {
  const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'interrupt' });
  const [waiting, release, spinning] = [executor.tally(t), executor.tally(t), executor.tally(t)];
  const future = pool.submit(waitThenSpin, waiting, release, spinning);
  await until(waiting);
  future.cancel();
  await cancelledWith(future);
  arrive(release);
  // A process has been ended instead.
  if (executor.interrupts) await until(spinning);
  return pool;
}

describeExecutors('a task that is asked to end', (executor) => {
  for (const [what, task] of [
    ['throwIfCancelled()', workUntilAsked],
    ['workerSignal()', waitForSignal],
  ] as const) {
    it(`${what} tells it; it cleans up, and its worker lives on`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1, graceMs: 20_000 });
      const before = await pool.submit(where);
      const [started, left] = [executor.tally(t), executor.tally(t)];
      const future = pool.submit(task, started, left);
      await until(started);
      assert.equal(future.cancel('enough'), true);
      assert.equal(await cancelledWith(future), 'enough');
      assert.equal(arrivals(left), 1);
      assert.equal((await pool.submit(where)).worker, before.worker);
    });
  }

  it('the next task on its worker is not asked', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, graceMs: 20_000 });
    const [started, left] = [executor.tally(t), executor.tally(t)];
    const future = pool.submit(workUntilAsked, started, left);
    await until(started);
    future.cancel();
    await cancelledWith(future);
    assert.equal(await pool.submit(isAsked), false);
  });
});

describeExecutors('cancelMode', (executor) => {
  it("'cooperative' asks", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'cooperative' });
    const [started, left] = [executor.tally(t), executor.tally(t)];
    const future = pool.submit(workUntilAsked, started, left);
    await until(started);
    future.cancel('enough');
    assert.equal(await cancelledWith(future), 'enough');
  });

  it("'cooperative' never forces: a task that does not look keeps its worker until it ends", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'cooperative' });
    const before = await pool.submit(where);
    const [started, release, ran] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const future = pool.submit(hold, started, release, 1);
    const queued = pool.submit(mark, ran, 2);
    await until(started);
    future.cancel();
    assert.equal(pool.statistics().running, 1);
    assert.equal(arrivals(ran), 0);
    arrive(release);
    await Promise.allSettled([future]);
    assert.equal(await queued, 2);
    assert.equal((await pool.submit(where)).worker, before.worker);
  });

  it("'abandon' stops waiting at once; the worker stays taken until the task really ends", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'abandon' });
    const [started, release, ran] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const future = pool.submit(hold, started, release, 1);
    const queued = pool.submit(mark, ran, 2);
    await until(started);
    future.cancel('no longer of use');
    assert.equal(await cancelledWith(future), 'no longer of use');
    assert.equal(pool.statistics().running, 1);
    assert.equal(queued.done(), false);
    arrive(release);
    assert.equal(await queued, 2);
  });

  const skip = executor.interrupts ? false : 'only threads can be interrupted; the task of a process ends with it';

  it("'interrupt' stops a busy loop and keeps the worker with what it has loaded", { skip }, async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'interrupt' });
    assert.equal(await pool.submit(count), 1);
    for (let round = 2; round < 5; round += 1) {
      const cells = new SharedArrayBuffer(4);
      const future = pool.submit((shared: SharedArrayBuffer) => {
        Atomics.store(new Int32Array(shared), 0, 1);
        for (;;);
      }, cells);
      await until({ cells });
      future.cancel('too long');
      assert.equal(await cancelledWith(future), 'too long');
      assert.equal(await pool.submit(count), round);
    }
  });

  it("'interrupt' stops a busy loop in a function of a module, whose load the job waited for", { skip }, async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'interrupt' });
    assert.equal(await pool.submit(count), 1);
    const started = executor.tally(t);
    const future = pool.submit(spin, started);
    await until(started);
    future.cancel('too long');
    assert.equal(await cancelledWith(future), 'too long');
    assert.equal(await pool.submit(count), 2);
  });

  it("'interrupt' leaves nothing of a task's context behind", { skip }, async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'interrupt' });
    await pool.submit(count);
    const [spinning, within] = [executor.tally(t), executor.tally(t)];
    await run(async () => {
      customer.set('alice');
      const future = pool.submit(spin, spinning);
      await until(spinning);
      future.cancel();
      await cancelledWith(future);
    });
    const future = pool.submit(spinWithTrace, within);
    await until(within);
    future.cancel();
    await cancelledWith(future);
    assert.equal(await pool.submit(count), 2, 'on the same worker');
    assert.deepEqual((await pool.submit(readAndChange))[0], 'nobody');
    assert.equal(await pool.submit(currentTrace), undefined);
    assert.equal(await pool.submit(currentTraceLater), undefined);
  });

  it("'interrupt': a dropped task that computes later does not keep the worker from the next ones", async (t) => {
    const pool = await leaveSpinning(executor, t);
    const futures = [1, 2, 3].map((value) => pool.submit((x: number) => x, value));
    futures.push(pool.with({ key: 'one' }).submit((x: number) => x, 4));
    assert.deepEqual(await Promise.all(futures), [1, 2, 3, 4]);
    assert.equal(pool.statistics().workers, 1);
  });

  it("'interrupt': a dropped task that computes later does not keep the pool from closing", async (t) => {
    const pool = await leaveSpinning(executor, t);
    await pool.shutdown();
    assert.equal(pool.statistics().workers, 0);
  });

  it("'interrupt' ends a worker that loads a module: nobody is to find half of it", { skip }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'offloop-half-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'half.cjs');
    writeFileSync(path, 'exports.half = true; new Int32Array(globalThis.cells)[0] = 1; for (;;);');
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'interrupt' });
    const cells = new SharedArrayBuffer(4);
    const future = pool.submit(
      (file: string, shared: SharedArrayBuffer) => {
        Object.assign(globalThis, { cells: shared });
        createRequire(file)(file);
      },
      path,
      cells,
    );
    await until({ cells });
    future.cancel();
    await cancelledWith(future);
    assert.equal(await pool.submit(() => 'cells' in globalThis), false);
  });

  it("'interrupt' ends a worker that sits in a native wait", { skip }, async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'interrupt' });
    const started = executor.tally(t);
    const future = pool.submit(sleepForEver, started);
    await until(started);
    future.cancel();
    await cancelledWith(future);
    assert.equal(await pool.submit((x: number) => x, 3), 3);
  });
});
