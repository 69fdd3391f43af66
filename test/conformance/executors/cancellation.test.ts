import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { getEventListeners } from 'node:events';
import { CancelledError, TimeoutError, type Future } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';
import { sleepForEver, spin } from '../../fixtures/tasks/exits.ts';
import { hold, mark } from '../../fixtures/tasks/gated.ts';
import { arrivals, arrive, until } from '../../fixtures/tasks/tally.ts';

async function cancelledWith(future: Future): Promise<CancelledError> {
  const [outcome] = await Promise.allSettled([future]);
  assert.ok(outcome.status === 'rejected' && outcome.reason instanceof CancelledError, inspect(outcome));
  return outcome.reason;
}

describeExecutors('cancellation', (executor) => {
  it('CF-TPE-009 a job cancelled while it is queued is never run, and the worker moves on', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release, ran] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const first = pool.submit(hold, started, release, 1);
    await until(started);
    const cancelled = pool.submit(mark, ran, 2);
    const last = pool.submit(mark, ran, 3);
    assert.equal(cancelled.state, 'pending');
    assert.equal(cancelled.cancel('not needed'), true);
    assert.equal(cancelled.state, 'cancelled');
    assert.equal(cancelled.cancel(), true, 'again is fine');
    const { reason, source } = await cancelledWith(cancelled);
    assert.deepEqual([reason, source], ['not needed', 'explicit']);
    assert.equal(pool.statistics().queued, 1);
    arrive(release);
    assert.deepEqual([await first, await last], [1, 3]);
    assert.equal(arrivals(ran), 1);
  });

  it('cancelling queued jobs keeps the order of the others', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release, ran] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const first = pool.submit(hold, started, release, 0);
    await until(started);
    const futures = Array.from({ length: 9 }, (_, i) => pool.submit(mark, ran, i));
    const ended: number[] = [];
    for (const [i, future] of futures.entries()) {
      if (i % 3 === 1) future.cancel();
      else future.addDoneCallback((done) => ended.push(done.resultNow()));
    }
    arrive(release);
    await first;
    await Promise.allSettled(futures);
    assert.deepEqual(ended, [0, 2, 3, 5, 6, 8]);
    assert.equal(arrivals(ran), 6);
  });

  it('cancelling what has ended is false and changes nothing', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const future = pool.submit((x: number) => x, 1);
    await future;
    assert.equal(future.cancel(), false);
    assert.equal(await future, 1);
  });

  it('NODE-001 cancelling an endless loop ends it, and the next job runs on a new worker', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const started = executor.tally(t);
    const future = pool.submit(spin, started);
    await until(started);
    assert.equal(future.running(), true);
    assert.equal(future.cancel('too long'), true);
    assert.equal((await cancelledWith(future)).reason, 'too long');
    assert.equal(await pool.submit((x: number) => x, 3), 3);
    assert.equal(pool.statistics().cancelled, 1);
    assert.equal(pool.statistics().lost, 0, 'a worker ended on purpose is not lost');
  });

  it('NODE-001 cancelling one running job leaves its neighbours alone', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const [spinning, started, release] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const neighbour = pool.submit(hold, started, release, 5);
    const future = pool.submit(sleepForEver, spinning);
    await Promise.all([until(started), until(spinning)]);
    future.cancel();
    await cancelledWith(future);
    arrive(release);
    assert.equal(await neighbour, 5);
  });

  it('NODE-008 a signal aborted before submit: the job is cancelled and never starts', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const ran = executor.tally(t);
    const signal = AbortSignal.abort('was too late');
    const { reason, source } = await cancelledWith(pool.with({ signal }).submit(mark, ran, 1));
    assert.deepEqual([reason, source], ['was too late', 'signal']);
    await pool.shutdown();
    assert.equal(arrivals(ran), 0);
  });

  it('NODE-008 a signal aborted while the job is queued takes it out of the queue', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release, ran] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const running = pool.submit(hold, started, release, 1);
    await until(started);
    const controller = new AbortController();
    const queued = pool.with({ signal: controller.signal }).submit(mark, ran, 2);
    controller.abort(new RangeError('changed my mind'));
    const error = await cancelledWith(queued);
    assert.ok(error.reason instanceof RangeError && error.cause === error.reason);
    assert.equal(running.done(), false);
    arrive(release);
    assert.equal(await running, 1);
    await pool.shutdown();
    assert.equal(arrivals(ran), 0);
  });

  it('NODE-008 a signal aborted while the job runs ends it', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const started = executor.tally(t);
    const controller = new AbortController();
    const future = pool.with({ signal: controller.signal }).submit(spin, started);
    await until(started);
    controller.abort();
    assert.equal((await cancelledWith(future)).source, 'signal');
    assert.equal(await pool.submit((x: number) => x, 3), 3);
  });

  it('NODE-008 a signal aborted after the job has ended has no effect', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const controller = new AbortController();
    const future = pool.with({ signal: controller.signal }).submit((x: number) => x, 1);
    assert.equal(await future, 1);
    controller.abort();
    assert.equal(future.cancelled(), false);
    assert.equal(await pool.submit((x: number) => x, 3), 3);
  });

  it('NODE-008 no listener is left on the signal, and two hundred jobs cause no warning', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    t.after(() => process.off('warning', onWarning));
    const controller = new AbortController();
    const view = pool.with({ signal: controller.signal });
    const futures = Array.from({ length: 200 }, (_, i) => view.submit((x: number) => x, i));
    for (const future of futures) await future;
    futures[0]?.cancel();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    assert.deepEqual(warnings, []);
  });

  it('a timeout counts from the start of the job and ends it with a TimeoutError', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const started = executor.tally(t);
    const future = pool.with({ timeout: 20 }).submit(sleepForEver, started);
    await assert.rejects(future.result(), TimeoutError);
    assert.equal(await pool.submit((x: number) => x, 3), 3);
  });

  it('a timeout does not count while the job is queued', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const running = pool.submit(hold, started, release, 1);
    await until(started);
    const queued = pool.with({ timeout: 1_000 }).submit((x: number) => x, 2);
    await new Promise((resolve) => {
      setTimeout(resolve, 1_050);
    });
    assert.equal(queued.state, 'pending');
    arrive(release);
    assert.deepEqual([await running, await queued], [1, 2]);
  });

  it('result({ timeout }) stops waiting and leaves the job alone', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const future = pool.submit(hold, started, release, 1);
    await assert.rejects(future.result({ timeout: 5 }), TimeoutError);
    assert.equal(future.done(), false);
    arrive(release);
    assert.equal(await future, 1);
  });
});
