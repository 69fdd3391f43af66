import assert from 'node:assert/strict';
import { CancelledError, TimeoutError } from 'offloop';
import { describeExecutors, it } from '../executors/describe-executors.ts';
import { whenRunning } from '../executors/when-running.ts';
import { holdAsync, holdAsyncAndGoOn } from '../../fixtures/tasks/gated.ts';
import { arrive, until } from '../../fixtures/tasks/tally.ts';

describeExecutors('the cancellation ladder', (executor) => {
  it("'cooperative': a busy loop that asks ends itself, its worker and what it has loaded live on", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'cooperative' });
    await pool.submit(() => void Object.assign(globalThis, { loaded: 'once' }));
    const { future } = await whenRunning((onProgress) =>
      pool.with({ onProgress }).submit(async () => {
        const { progress, throwIfCancelled } = await import('offloop/worker');
        progress(1);
        for (;;) throwIfCancelled();
      }),
    );
    assert.equal(future.cancel('enough'), true);
    await assert.rejects(future.result(), (error) => error instanceof CancelledError && error.reason === 'enough');
    assert.equal(await pool.submit(() => (globalThis as { loaded?: string }).loaded), 'once');
  });

  it("'cooperative': a task that ends well although it was asked keeps its result", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'cooperative' });
    const { future } = await whenRunning((onProgress) =>
      pool.with({ onProgress }).submit(async () => {
        const { cancelRequested, progress } = await import('offloop/worker');
        progress(1);
        while (!cancelRequested());
        return 'half done';
      }),
    );
    future.cancel();
    assert.equal(await future, 'half done');
  });

  it('workerSignal() aborts APIs that take a signal', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const { future } = await whenRunning((onProgress) =>
      pool.with({ onProgress }).submit(async () => {
        const { progress, workerSignal } = await import('offloop/worker');
        const { setTimeout: sleep } = await import('node:timers/promises');
        const signal = workerSignal();
        progress(1);
        await sleep(1_000_000, undefined, { signal });
      }),
    );
    future.cancel('no longer');
    await assert.rejects(future.result(), (error) => error instanceof CancelledError && error.reason === 'no longer');
    assert.equal(pool.statistics().lost, 0);
  });

  it("'terminate': a task that has looked gets time to clean up before it is ended", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const seen: unknown[] = [];
    const { future } = await whenRunning((onProgress) =>
      pool
        .with({
          onProgress: (value) => {
            seen.push(value);
            onProgress();
          },
        })
        .submit(async () => {
          const { cancelRequested, progress, throwIfCancelled } = await import('offloop/worker');
          cancelRequested();
          progress('running');
          while (!cancelRequested());
          progress('cleaned up');
          throwIfCancelled();
        }),
    );
    future.cancel();
    await assert.rejects(future.result(), CancelledError);
    assert.deepEqual(seen, ['running', 'cleaned up']);
  });

  it("'terminate': a task that looks but does not end is ended after graceMs", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, graceMs: 5 });
    const { future } = await whenRunning((onProgress) =>
      pool.with({ onProgress }).submit(async () => {
        const { cancelRequested, progress } = await import('offloop/worker');
        progress(1);
        for (;;) cancelRequested();
      }),
    );
    future.cancel();
    await assert.rejects(future.result(), CancelledError);
    assert.equal(await pool.submit(() => 3), 3);
  });

  it("'abandon': the future ends at once, the worker stays taken until the task does", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'abandon' });
    const { future } = await whenRunning((onProgress) =>
      pool.with({ onProgress }).submit(async () => {
        const { cancelRequested, progress } = await import('offloop/worker');
        progress(1);
        while (!cancelRequested()) await new Promise((resolve) => setTimeout(resolve, 1));
        Object.assign(globalThis, { ended: true });
      }),
    );
    future.cancel();
    assert.equal(future.cancelled(), true);
    assert.equal(pool.statistics().running, 1);
    const next = pool.submit(() => (globalThis as { ended?: boolean }).ended);
    assert.equal(await next, true, 'the next task waited for it');
  });

  it("'interrupt': an endless loop ends, and the pool goes on", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'interrupt' });
    await pool.submit(() => void Object.assign(globalThis, { loaded: 'once' }));
    for (let i = 0; i < 5; i++) {
      const { future } = await whenRunning((onProgress) =>
        pool.with({ onProgress }).submit(() => {
          const state = (globalThis as unknown as Record<symbol, { sendProgress(value: number): void }>)[
            Symbol.for('offloop.worker')
          ];
          state?.sendProgress(1);
          for (;;);
        }),
      );
      future.cancel();
      await assert.rejects(future.result(), CancelledError);
    }
    const loaded = await pool.submit(() => (globalThis as { loaded?: string }).loaded);
    // Threads live on. A process cannot be interrupted from outside: it is ended.
    assert.equal(loaded, executor.sharesMemory ? 'once' : undefined);
  });

  it("'interrupt': a task that waits is dropped, and what it does later reaches nobody", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'interrupt' });
    const [started, release, wentOn] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const future = pool.submit(holdAsyncAndGoOn, started, release, wentOn, 1);
    await until(started);
    future.cancel();
    await assert.rejects(future.result(), CancelledError);
    const [nextStarted, nextRelease] = [executor.tally(t), executor.tally(t)];
    const next = pool.submit(holdAsync, nextStarted, nextRelease, 2);
    await until(nextStarted);
    arrive(release);
    // A process cannot be interrupted from outside: it is ended, and goes on with nothing.
    if (executor.interrupts) await until(wentOn);
    arrive(nextRelease);
    assert.equal(await next, 2);
  });

  it('a task that is cancelled before its timeout leaves no timer that holds the program', async (t) => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const pool = executor.open(t, { maxWorkers: 1 });
    const before = timers();
    const { future } = await whenRunning((onProgress) =>
      pool.with({ onProgress, timeout: 3_600_000 }).submit(async () => {
        const { progress } = await import('offloop/worker');
        progress(1);
        for (;;);
      }),
    );
    future.cancel();
    await assert.rejects(future.result(), CancelledError);
    await pool.shutdown();
    // Those of the case before this one may end meanwhile, and the last of this one a moment later; an hour is no moment.
    while (timers() > before) await new Promise((resolve) => setImmediate(resolve));
  });

  it('the timeout of a task ends it by the same ladder', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'interrupt' });
    const future = pool.with({ timeout: 30 }).submit(() => {
      for (;;);
    });
    await assert.rejects(future.result(), TimeoutError);
    assert.equal(await pool.submit(() => 3), 3);
  });

  it('a second cancel while the first is under way changes nothing', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'cooperative' });
    const { future } = await whenRunning((onProgress) =>
      pool.with({ onProgress }).submit(async () => {
        const { progress, throwIfCancelled } = await import('offloop/worker');
        progress(1);
        for (;;) throwIfCancelled();
      }),
    );
    assert.equal(future.cancel('first'), true);
    assert.equal(future.cancel('second'), true);
    await assert.rejects(future.result(), (error) => error instanceof CancelledError && error.reason === 'first');
  });

  it('ten cancelled loops in a row leave one worker and no loss', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    for (let i = 0; i < 10; i++) {
      const controller = new AbortController();
      const future = pool.with({ signal: controller.signal }).submit(() => {
        for (;;);
      });
      future.catch(() => {});
      controller.abort();
      await assert.rejects(future.result(), CancelledError);
    }
    assert.equal(await pool.submit(() => 3), 3);
    assert.deepEqual([pool.statistics().workers, pool.statistics().lost], [1, 0]);
  });
});
