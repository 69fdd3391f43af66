import assert from 'node:assert/strict';
import {
  ExecutorShutDownError,
  QueueFullError,
  SerializationError,
  TimeoutError,
  transfer,
  WorkerLostError,
  type Executor,
} from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';
import { collect, range, settle } from './results.ts';
import { exitWith } from '../../fixtures/tasks/exits.ts';
import { fail } from '../../fixtures/tasks/failures.ts';
import { hold, mark } from '../../fixtures/tasks/gated.ts';
import { initialise, readState } from '../../fixtures/tasks/state.ts';
import { arrivals, arrive, until, type Tally } from '../../fixtures/tasks/tally.ts';
import { where } from '../../fixtures/tasks/where.ts';

describeExecutors('with: views on one executor', (executor) => {
  it('a view uses the workers, the queue and the statistics of its pool', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const view: Executor = pool.with({ name: 'thumbnail' });
    const first = await pool.submit(where);
    const second = await view.submit(where);
    assert.equal(second.worker, first.worker);
    assert.equal(view.statistics().completed, 2);
  });

  it('a view is named in the error of a lost worker', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await assert.rejects(
      pool.with({ name: 'thumbnail' }).submit(exitWith, 3).result(),
      (error) => error instanceof WorkerLostError && error.taskName === 'thumbnail',
    );
  });

  it('a view of a view keeps the options of both, the later ones first', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const controller = new AbortController();
    const view = pool.with({ name: 'outer', signal: controller.signal }).with({ name: 'inner' });
    await assert.rejects(
      view.submit(exitWith, 3).result(),
      (error) => error instanceof WorkerLostError && error.taskName === 'inner',
    );
    controller.abort();
    const [outcome] = await Promise.allSettled([view.submit((x: number) => x, 1)]);
    assert.equal(outcome.status, 'rejected');
  });

  it('the pool itself is not changed by its views', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    pool.with({ signal: AbortSignal.abort(), name: 'other' });
    assert.equal(await pool.submit((x: number) => x, 1), 1);
  });

  it('map and shutdown work through a view', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const view = pool.with({ name: 'view' });
    const values: number[] = [];
    for await (const value of view.map((x: number) => x * 2, range(4))) values.push(value);
    assert.deepEqual(values, [0, 2, 4, 6]);
    await view.shutdown();
    assert.throws(() => pool.submit((x: number) => x, 1), ExecutorShutDownError);
    assert.throws(() => view.submit((x: number) => x, 1), ExecutorShutDownError);
  });

  it('a higher priority runs first, equal ones in the order of submission', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const first = pool.submit(hold, started, release, 0);
    await until(started);
    const order: string[] = [];
    const futures = (
      [
        ['low-1', -1],
        ['normal-1', 0],
        ['high-1', 5],
        ['normal-2', 0],
        ['high-2', 5],
      ] as const
    ).map(([name, priority]) => {
      const future = pool.with({ priority }).submit((x: string) => x, name);
      future.addDoneCallback((done) => order.push(done.resultNow()));
      return future;
    });
    arrive(release);
    await first;
    for (const future of futures) await future;
    assert.deepEqual(order, ['high-1', 'high-2', 'normal-1', 'normal-2', 'low-1']);
  });

  it('jobs with the same key run on the same worker, in order', async (t) => {
    const pool = executor.open(t, { maxWorkers: 3 });
    for (const key of ['a', 'b']) {
      const view = pool.with({ key });
      const places = await Promise.all(range(6).map(() => view.submit(where)));
      assert.equal(new Set(places.map(({ worker }) => worker)).size, 1, `key ${key}`);
    }
  });
});

describeExecutors('runOnAll', (executor) => {
  it('runs once on every worker', async (t) => {
    const pool = executor.open(t, { minWorkers: 3, maxWorkers: 3 });
    const ran = executor.tally(t);
    await pool.runOnAll(initialise, 'everywhere', ran);
    assert.equal(arrivals(ran), 3);
    const states = await Promise.all(range(12).map(() => pool.submit(readState)));
    assert.deepEqual(new Set(states), new Set(['everywhere']));
  });

  it('gives the result of each worker', async (t) => {
    const pool = executor.open(t, { minWorkers: 2, maxWorkers: 2 });
    const places = await pool.runOnAll(where);
    assert.equal(places.length, 2);
    assert.equal(new Set(places.map(({ worker }) => worker)).size, 2);
  });

  it('rejects when it fails on a worker, and the pool goes on', async (t) => {
    const pool = executor.open(t, { minWorkers: 2, maxWorkers: 2 });
    await assert.rejects(async () => pool.runOnAll(fail, 'range'), /out of range/);
    assert.equal(await pool.submit((x: number) => x, 1), 1);
  });

  it('refuses what transfer() would move to one of them, and nothing runs', async (t) => {
    const pool = executor.open(t, { minWorkers: 2, maxWorkers: 2 });
    const [ran, bytes] = [executor.tally(t), new Uint8Array(8)];
    await assert.rejects(
      pool.runOnAll((tally: Tally, rest: Uint8Array) => mark(tally, rest.length), ran, transfer(bytes, [bytes.buffer])),
      (error) => error instanceof SerializationError && error.path === 'args[1]',
    );
    assert.equal(bytes.length, 8);
    assert.equal(arrivals(ran), 0);
    assert.equal(pool.statistics().submitted, 0);
  });

  it('reaches busy workers when they are free', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const [started, release, ran] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const busy = range(2).map((i) => pool.submit(hold, started, release, i));
    await until(started, 2);
    const everywhere = pool.runOnAll(mark, ran, 1);
    assert.equal(arrivals(ran), 0);
    arrive(release);
    await Promise.all([...busy, everywhere]);
    assert.equal(arrivals(ran), 2);
  });

  it('throws after shutdown', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await pool.shutdown();
    await assert.rejects(async () => pool.runOnAll(where), ExecutorShutDownError);
  });
});

describeExecutors('statistics', (executor) => {
  it('count what was submitted and how it ended', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const nothing = {
      workers: 0,
      idle: 0,
      running: 0,
      queued: 0,
      submitted: 0,
      completed: 0,
      failed: 0,
      cancelled: 0,
      lost: 0,
    };
    assert.deepEqual({ ...pool.statistics() }, { ...pool.statistics(), ...nothing });

    const [started, release] = [executor.tally(t), executor.tally(t)];
    const running = pool.submit(hold, started, release, 1);
    const failing = pool.submit(fail, 'range');
    const cancelled = pool.submit((x: number) => x, 1);
    await until(started);
    cancelled.cancel();
    const { workers, running: busy, queued, submitted, idle } = pool.statistics();
    assert.deepEqual(
      { workers, busy, queued, submitted, idle },
      { workers: 1, busy: 1, queued: 1, submitted: 3, idle: 0 },
    );

    arrive(release);
    await Promise.allSettled([running, failing]);
    const after = pool.statistics();
    assert.deepEqual(
      { ...after },
      {
        ...after,
        workers: 1,
        idle: 1,
        running: 0,
        queued: 0,
        submitted: 3,
        completed: 1,
        failed: 1,
        cancelled: 1,
        lost: 0,
      },
    );
  });

  it('are a copy: later work does not change them', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const before = pool.statistics();
    await pool.submit((x: number) => x, 1);
    assert.equal(before.submitted, 0);
  });
});

describeExecutors('maxQueue and ready: backpressure', (executor) => {
  it('a full queue makes submit throw a QueueFullError; room makes it accept again', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxQueue: 2 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const first = pool.submit(hold, started, release, 0);
    await until(started);
    const queued = [pool.submit((x: number) => x, 1), pool.submit((x: number) => x, 2)];
    assert.throws(() => pool.submit((x: number) => x, 3), QueueFullError);
    arrive(release);
    assert.deepEqual(await Promise.all([first, ...queued]), [0, 1, 2]);
    assert.equal(await pool.submit((x: number) => x, 3), 3);
    assert.equal(pool.statistics().submitted, 4, 'a refused job was not submitted');
  });

  it('maxQueue 0 accepts only what a worker can take at once', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxQueue: 0 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const first = pool.submit(hold, started, release, 0);
    await until(started);
    assert.throws(() => pool.submit((x: number) => x, 1), QueueFullError);
    arrive(release);
    await first;
  });

  it('ready() resolves when the queue has room', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxQueue: 1 });
    await pool.ready();
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const first = pool.submit(hold, started, release, 0);
    await until(started);
    const second = pool.submit((x: number) => x, 1);
    let ready = false;
    const waiting = pool.ready().then(() => {
      ready = true;
    });
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    assert.equal(ready, false);
    arrive(release);
    await waiting;
    assert.deepEqual(await Promise.all([first, second]), [0, 1]);
  });

  it('ready() resolves at once without maxQueue', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const futures = range(50).map((i) => pool.submit((x: number) => x, i));
    await pool.ready();
    await Promise.all(futures);
  });

  it('a loop of ready() and submit never meets a full queue', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2, maxQueue: 3 });
    const futures = [];
    for (let i = 0; i < 40; i += 1) {
      await pool.ready();
      futures.push(pool.submit((x: number) => x, i));
    }
    assert.deepEqual(await Promise.all(futures), range(40));
  });

  it('several producers that wait for ready() never meet a full queue', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2, maxQueue: 2 });
    const produce = async (): Promise<number[]> => {
      const results: number[] = [];
      for (let i = 0; i < 20; i += 1) {
        await pool.ready();
        results.push(await pool.submit((x: number) => x, i));
      }
      return results;
    };
    const all = await Promise.all(range(10).map(produce));
    for (const results of all) assert.deepEqual(results, range(20));
  });

  it('room that is not used goes to whoever waits next, in order', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxQueue: 0 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const running = pool.submit(hold, started, release, 0);
    await until(started);
    const told: number[] = [];
    const waiting = range(3).map((i) => pool.ready().then(() => told.push(i)));
    arrive(release);
    await Promise.all(waiting);
    assert.deepEqual(told, range(3));
    assert.equal(await running, 0);
  });

  it('a cancelled wait for ready() takes no room from the others', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxQueue: 0 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const running = pool.submit(hold, started, release, 0);
    await until(started);
    const controller = new AbortController();
    const first = pool.ready({ signal: controller.signal });
    const next = pool.ready();
    // Before it is told, or in between.
    const done = running.then(() => controller.abort('enough'));
    arrive(release);
    await Promise.all([first.catch(() => {}), done, next]);
    assert.equal(await pool.submit((x: number) => x, 1), 1);
  });

  it('jobs with a key count, and so do those that were handed over early', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxQueue: 2 });
    // Short ones are handed over early.
    for (let i = 0; i < 200; i += 1) await pool.submit((x: number) => x, i);
    for (const target of [pool, pool.with({ key: 'a' })]) {
      const accepted: Promise<number>[] = [];
      assert.throws(() => {
        for (let i = 0; i < 100; i += 1) accepted.push(Promise.resolve(target.submit((x: number) => x, i)));
      }, QueueFullError);
      assert.equal(accepted.length, 3);
      await Promise.all(accepted);
    }
  });

  for (const maxQueue of [0, 1, 3]) {
    it(`map waits for room (maxQueue ${maxQueue})`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 2, maxQueue });
      async function* later(): AsyncGenerator<number> {
        for (const value of range(30)) yield await Promise.resolve(value);
      }
      for (const items of [range(30), later()]) {
        assert.deepEqual(await collect(pool.map((x: number) => x, items, { chunkSize: 2 })), range(30));
      }
    });
  }

  it('map on a full pool begins when there is room, and leaves none behind when it is left', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxQueue: 0 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const running = pool.submit(hold, started, release, 0);
    await until(started);
    const results = pool.map((x: number) => x, range(3));
    await pool.map((x: number) => x, range(3)).return?.();
    arrive(release);
    assert.deepEqual(await collect(results), range(3));
    assert.equal(await running, 0);
  });

  it('items that cannot be sent fail alone, also where the queue is full', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxQueue: 1 });
    const items = range(6).map((i) => (i === 3 ? () => i : i));
    const outcomes = await settle(pool.map((x: unknown) => x, items, { chunkSize: 6 }));
    assert.deepEqual(
      outcomes.map((outcome) => (outcome instanceof SerializationError ? 'refused' : outcome)),
      [0, 1, 2, 'refused', 4, 5],
    );
  });

  it('ready({ timeout }) and ready({ signal }) stop waiting', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxQueue: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const futures = [pool.submit(hold, started, release, 0)];
    await until(started);
    futures.push(pool.submit(hold, started, release, 1));
    await assert.rejects(async () => pool.ready({ timeout: 5 }), TimeoutError);
    await assert.rejects(async () => pool.ready({ signal: AbortSignal.abort('no') }), { reason: 'no' });
    arrive(release);
    await Promise.all(futures);
  });

  it('cancelling a queued job makes room', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxQueue: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const first = pool.submit(hold, started, release, 0);
    await until(started);
    const queued = pool.submit((x: number) => x, 1);
    const waiting = pool.ready();
    queued.cancel();
    await waiting;
    const last = pool.submit((x: number) => x, 2);
    arrive(release);
    assert.deepEqual([await first, await last], [0, 2]);
  });
});
