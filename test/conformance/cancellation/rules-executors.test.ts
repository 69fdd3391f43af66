/**
 * What the rules of docs/structured-concurrency.md say of executors, on each kind of them.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { gather, moveOnAfter, run, shield, taskGroup, type Future } from 'offloop';
import { hold, mark } from '../../fixtures/tasks/gated.ts';
import { countTo, stuck, stuckStream } from '../../fixtures/tasks/streams.ts';
import { arrivals, arrive, until, type Tally } from '../../fixtures/tasks/tally.ts';
import { describeExecutors, it, type Pool } from '../executors/describe-executors.ts';
import { collect } from '../executors/results.ts';
import { whenRunning } from '../executors/when-running.ts';
import { settle } from '../python/support.ts';
import { errorOf, inCancelledScope, isSourced } from './scopes.ts';

/** A test whose body is the main task of a run. */
function inRun(title: string, fn: (t: TestContext) => Promise<void>): void {
  it(title, (t) => run(() => fn(t), { signals: false }));
}

describeExecutors('Rule 9 Shield hides cancellation from the outside, it does not undo it', (executor) => {
  inRun('a pool that is left in a cancelled scope waits for its jobs', async (t) => {
    const [started, release] = [executor.tally(t), executor.tally(t)];
    let job: Future<number> | undefined;
    await taskGroup(async (tg) => {
      await using pool = executor.open(t, { maxWorkers: 1 });
      job = pool.submit(hold, started, release, 1);
      await until(started);
      tg.cancel();
      arrive(release);
    });
    assert.equal(job?.resultNow(), 1);
  });
});

describeExecutors('Rule 12 A thread cannot be stopped politely', (executor) => {
  inRun('a queued job is removed, by cancel() and by the scope that awaits it', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release, ran] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const running = pool.submit(hold, started, release, 1);
    await until(started);
    const byCancel = pool.submit(mark, ran, 2);
    const byScope = pool.submit(mark, ran, 3);
    assert.equal(byCancel.cancel('by hand'), true);
    await assert.rejects(byCancel.result(), isSourced('explicit', 'by hand'));
    await taskGroup(async (tg) => {
      tg.createTask(async () => void (await byScope));
      await settle();
      tg.cancel('by scope');
    });
    assert.equal(byScope.state, 'cancelled');
    arrive(release);
    assert.equal(await running, 1);
    await pool.submit(mark, executor.tally(t), 4);
    assert.equal(arrivals(ran), 0);
  });

  inRun(
    "'cooperative': a running job is asked by a flag; one that looks ends, one that does not goes on",
    async (t) => {
      const pool = executor.open(t, { maxWorkers: 2, cancelMode: 'cooperative' });
      const looks = await whenRunning((onProgress) =>
        pool.with({ onProgress }).submit(async () => {
          const { cancelRequested, progress, throwIfCancelled } = await import('offloop/worker');
          progress(1);
          while (!cancelRequested());
          throwIfCancelled();
        }),
      );
      const [started, release] = [executor.tally(t), executor.tally(t)];
      const deaf = pool.submit(hold, started, release, 7);
      await until(started);
      deaf.cancel('please');
      looks.future.cancel('please');
      await assert.rejects(looks.future.result(), isSourced('explicit', 'please'));
      assert.equal(deaf.done(), false, 'it has no effect on code that does not look');
      arrive(release);
      assert.equal(await deaf, 7);
      assert.equal(pool.statistics().lost, 0);
    },
  );

  inRun("'terminate': the worker of a job that does not look is ended, and the pool goes on", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'terminate' });
    const [started, never] = [executor.tally(t), executor.tally(t)];
    const deaf = pool.submit(hold, started, never, 1);
    await until(started);
    await taskGroup(async (tg) => {
      tg.createTask(async () => void (await deaf));
      await settle();
      tg.cancel('end it');
    });
    assert.equal(deaf.cancelled(), true);
    assert.equal(await pool.submit(mark, executor.tally(t), 2), 2);
  });

  inRun('a scope that is cancelled while it gathers jobs stops those that run and those that wait', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const [started, never] = [executor.tally(t), executor.tally(t)];
    const jobs = [1, 2, 3].map((value) => pool.submit(hold, started, never, value));
    const value = await taskGroup(async (tg) => {
      tg.createTask(async () => {
        await until(started, 2);
        tg.cancel('stop');
      });
      return await gather(jobs);
    });
    assert.deepEqual([value, jobs.map((job) => job.state)], [undefined, ['cancelled', 'cancelled', 'cancelled']]);
    assert.equal(await pool.submit(mark, executor.tally(t), 4), 4, 'the pool is whole');
    assert.equal(arrivals(started), 2);
  });

  /** What a loop over results does to the jobs behind it when its scope is cancelled. */
  for (const [name, loop] of [
    ['map()', (pool: Pool, started: Tally, ended: Tally) => pool.map(stuck, [[started, ended]])],
    ['stream()', (pool: Pool, started: Tally, ended: Tally) => pool.stream(stuckStream, started, ended)],
  ] as const) {
    inRun(`a scope that is cancelled while it iterates over ${name} stops the jobs behind it`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const [started, ended] = [executor.tally(t), executor.tally(t)];
      let error: unknown;
      await taskGroup(async (tg) => {
        tg.createTask(async () => {
          await until(started);
          tg.cancel('stop');
        });
        error = await errorOf(collect<unknown>(loop(pool, started, ended)));
      });
      assert.ok(isSourced('explicit', 'stop')(error));
      await until(ended);
      assert.equal(await pool.submit(mark, executor.tally(t), 2), 2);
    });

    inRun(`${name} that is iterated in a cancelled scope gives nothing and stops its jobs`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const [started, ended] = [executor.tally(t), executor.tally(t)];
      const results = loop(pool, started, ended);
      await until(started);
      await inCancelledScope(async () => {
        await assert.rejects(results.next(), isSourced('explicit', 'stop'));
      });
      await until(ended);
    });
  }

  inRun('whoever goes on with results that were cut off is told: they do not look complete', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, ended] = [executor.tally(t), executor.tally(t)];
    const open: AsyncIterator<unknown>[] = [
      pool.map(stuck, [[started, ended]]),
      pool.stream(stuckStream, started, ended),
    ];
    for (const results of open) {
      assert.equal(await moveOnAfter(1, () => results.next()), undefined);
      await assert.rejects(results.next(), isSourced('deadline'));
      assert.equal((await results.next()).done, true);
    }
  });

  inRun('a map that is cut off closes its source and takes nothing more from it', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, ended] = [executor.tally(t), executor.tally(t)];
    let closed = false;
    const source = function* (): Generator<[Tally, Tally]> {
      try {
        for (;;) yield [started, ended];
      } finally {
        closed = true;
      }
    };
    assert.equal(await moveOnAfter(1, () => collect(pool.map(stuck, source(), { bufferSize: 2 }))), undefined);
    assert.equal(closed, true);
    assert.equal(pool.statistics().queued, 0);
  });

  inRun('results that are there already are refused in a cancelled scope as well', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    for (const results of [pool.map((x: number) => x, [1, 2, 3], { chunkSize: 3 }), pool.stream(countTo, 3)]) {
      await results.next();
      await inCancelledScope(async () => {
        await assert.rejects(results.next(), isSourced('explicit', 'stop'));
      });
    }
  });

  inRun('a shield lets the job run to its end', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const job = pool.submit(hold, started, release, 5);
    await until(started);
    await inCancelledScope(async () => {
      const shielded = shield(() => job.result());
      arrive(release);
      assert.equal(await shielded, 5);
    });
  });
});
