import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import { BrokenExecutorError, transfer, WorkerLostError, type PoolOptions } from 'offloop';
import { VirtualClock } from 'offloop/testing';
import { describeExecutors, it, type ExecutorKind, type Pool } from './describe-executors.ts';
import {
  endAfterwards,
  exitAfterwards,
  exitOnce,
  exitWhenReleased,
  exitWhileSending,
  exitWith,
  exitWithBytes,
  fillHeap,
  killMyself,
  rejectOutside,
  seenAndMark,
  throwOutside,
} from '../../fixtures/tasks/exits.ts';
import { hold, mark } from '../../fixtures/tasks/gated.ts';
import { arrivals, arrive, until } from '../../fixtures/tasks/tally.ts';
import { where } from '../../fixtures/tasks/where.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** What the system, or Node, refuses to start a worker with, without a try. */
function refused({ containsCrashes }: ExecutorKind): PoolOptions {
  return containsCrashes ? { env: { OFFLOOP_TEST: 'x'.repeat(1 << 22) } } : { execArgv: ['--no-such-option'] };
}

/** Ways to the first worker of a pool. */
const ENTRIES: Readonly<Record<string, (pool: Pool) => Promise<unknown>>> = {
  'submit()': (pool) => pool.submit((x: number) => x, 1).result(),
  'submit() with a key': (pool) =>
    pool
      .with({ key: 'k' })
      .submit((x: number) => x, 1)
      .result(),
  'runOnAll()': (pool) => pool.runOnAll((x: number) => x, 1),
};

/** A file that tasks can be told of by a string. */
function noteFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'offloop-notes-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'notes');
}

/** Says that it has begun, and where. */
const noteAndTell = (file: string, word: string): ReturnType<typeof where> => {
  appendFileSync(file, word);
  return where();
};

const lost = (exitCode: number) => (error: unknown) => error instanceof WorkerLostError && error.exitCode === exitCode;

describeExecutors('a worker that is lost', (executor) => {
  it('NODE-003 process.exit(7) fails that task only, with the code and the name of the task', async (t) => {
    const pool = executor.open(t, { maxWorkers: 3 });
    const [started, release, ran] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const neighbours = range(2).map((i) => pool.submit(hold, started, release, i));
    await until(started, 2);
    const leaving = pool.submit(exitWith, 7);
    const queued = pool.submit(mark, ran, 5);
    await assert.rejects(leaving.result(), (error) => {
      assert.ok(error instanceof WorkerLostError, String(error));
      assert.deepEqual([error.exitCode, error.taskName], [7, 'exitWith']);
      assert.equal(typeof error.workerId, 'number');
      assert.match(error.message, /exitWith/);
      assert.match(error.message, /7/);
      return true;
    });
    assert.equal(await queued, 5, 'what was queued behind it runs');
    arrive(release);
    assert.deepEqual(await Promise.all(neighbours), [0, 1], 'its neighbours end well');
    assert.equal(pool.statistics().lost, 1);
  });

  it('CF-CRASH-006 NODE-003 exit codes 0 and 1 are losses too', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await assert.rejects(pool.submit(exitWith, 0).result(), lost(0));
    await assert.rejects(pool.submit(exitWith, 1).result(), lost(1));
    assert.equal(await pool.submit((x: number) => x, 3), 3);
  });

  it('the worker is replaced by another one', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const before = await pool.submit(where);
    await assert.rejects(pool.submit(exitWith, 4).result(), WorkerLostError);
    assert.notEqual((await pool.submit(where)).worker, before.worker);
    assert.equal(pool.statistics().workers, 1);
  });

  it('ten losses in a row while running do not break the pool', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const outcomes = await Promise.allSettled(range(10).map(() => pool.submit(exitWith, 2)));
    assert.ok(outcomes.every((outcome) => outcome.status === 'rejected' && lost(2)(outcome.reason)));
    assert.equal(await pool.submit((x: number) => x, 3), 3);
  });

  it('CF-CRASH-010 a result that ends the worker while it is sent fails that task only', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await assert.rejects(pool.submit(exitWhileSending, 5).result(), lost(5));
    assert.equal(await pool.submit((x: number) => x, 3), 3);
  });

  it('CF-CRASH-015 ten tasks with big arguments whose workers exit all fail, none hangs', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const bytes = new Uint8Array(1 << 20).fill(7);
    const outcomes = await Promise.allSettled(range(10).map(() => pool.submit(exitWithBytes, bytes)));
    for (const outcome of outcomes)
      assert.ok(outcome.status === 'rejected' && lost(9)(outcome.reason), inspect(outcome));
  });

  it('NODE-003 an error thrown outside the task ends the worker, and is the cause', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await assert.rejects(pool.submit(throwOutside, 'thrown outside').result(), (error) => {
      assert.ok(error instanceof WorkerLostError, String(error));
      assert.ok(error.cause instanceof RangeError, String(error.cause));
      assert.equal(error.cause.message, 'thrown outside');
      return true;
    });
    assert.equal(await pool.submit((x: number) => x, 3), 3);
  });

  it('NODE-003 a rejection nobody handles in the worker is a loss with the error as the cause', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await assert.rejects(
      pool.submit(rejectOutside, 'rejected outside').result(),
      (error) =>
        error instanceof WorkerLostError && error.cause instanceof Error && error.cause.message === 'rejected outside',
    );
    assert.equal(await pool.submit((x: number) => x, 3), 3);
  });

  it('a worker that exits after its task has ended is replaced; the result stands', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const left = executor.tally(t);
    assert.equal(await pool.submit(exitAfterwards, left, 3), 'done before the exit');
    await until(left);
    // The next task may reach the worker while it leaves: it is run again or fails as lost, but it never hangs.
    const [outcome] = await Promise.allSettled([pool.submit((x: number) => x, 3)]);
    assert.ok(outcome.status === 'fulfilled' || outcome.reason instanceof WorkerLostError, inspect(outcome));
    assert.equal(await pool.submit((x: number) => x, 4), 4);
  });

  for (const how of ['exit', 'throw', 'reject'] as const) {
    it(`NODE-003 a task its worker had not begun runs elsewhere, once, when the worker ends by itself (${how})`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const [left, release] = [executor.tally(t), executor.tally(t)];
      const file = noteFile(t);
      const before = await pool.submit(where);
      assert.equal(await pool.submit(endAfterwards, left, release, how), 'done before the end');
      await until(left);
      const plain = pool.submit(noteAndTell, file, 'plain');
      arrive(release);
      assert.notEqual((await plain).worker, before.worker);
      assert.deepEqual(readFileSync(file, 'utf8'), 'plain');
      assert.equal(pool.statistics().lost, 1);
    });
  }

  it('a task with a key that its worker had not begun runs in its place, before those behind it', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const keyed = pool.with({ key: 'k' });
    const [left, release] = [executor.tally(t), executor.tally(t)];
    const file = noteFile(t);
    await keyed.submit(endAfterwards, left, release, 'exit');
    await until(left);
    const places = ['a', 'b', 'c'].map((word) => keyed.submit(noteAndTell, file, word));
    arrive(release);
    assert.equal(new Set((await Promise.all(places)).map(({ worker }) => worker)).size, 1);
    assert.equal(readFileSync(file, 'utf8'), 'abc');
  });

  it('a task that its worker had not begun fails when its values cannot be sent again, and did not run', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [left, release, ran] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    await pool.submit(endAfterwards, left, release, 'exit');
    await until(left);
    const future = pool.submit(mark, ran, 1);
    arrive(release);
    await assert.rejects(future.result(), (error) => {
      assert.ok(error instanceof WorkerLostError, String(error));
      assert.deepEqual([error.taskName, error.exitCode], ['mark', 3]);
      assert.match(error.message, /before it began "mark"/);
      return true;
    });
    assert.equal(arrivals(ran), 0);
    const [leftAgain, releaseAgain] = [executor.tally(t), executor.tally(t)];
    await pool.submit(endAfterwards, leftAgain, releaseAgain, 'exit');
    await until(leftAgain);
    const kept = pool.with({ retries: 1 }).submit(mark, ran, 1);
    arrive(releaseAgain);
    assert.equal(await kept, 1, 'what may be run again was copied');
    assert.equal(arrivals(ran), 1);
  });

  it('what was moved to a worker that had not begun its task is lost with it', async (t) => {
    const keyed = executor.open(t, { maxWorkers: 1 }).with({ key: 'k' });
    const [left, release] = [executor.tally(t), executor.tally(t)];
    await keyed.submit(endAfterwards, left, release, 'exit');
    await until(left);
    const buffer = new ArrayBuffer(8);
    const moved = keyed.submit((bytes: ArrayBuffer) => bytes.byteLength, transfer(buffer, [buffer]));
    arrive(release);
    const [outcome] = await Promise.allSettled([moved]);
    // Between processes it was copied.
    if (executor.sharesMemory) assert.ok(outcome.status === 'rejected' && lost(3)(outcome.reason), inspect(outcome));
    else assert.ok(outcome.status === 'fulfilled' && outcome.value === 8, inspect(outcome));
  });

  it('NODE-003 running out of heap fails that task, and says so', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2, resourceLimits: { maxOldGenerationSizeMb: 24 } });
    await assert.rejects(pool.submit(fillHeap).result(), (error) => {
      assert.ok(error instanceof WorkerLostError, String(error));
      assert.match(`${error.message} ${String((error.cause as { code?: string } | undefined)?.code)}`, /memory|heap/i);
      return true;
    });
    assert.equal(await pool.submit((x: number) => x, 3), 3);
  });

  it('a loss during shutdown leaves no future pending and shutdown returns', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const ran = executor.tally(t);
    const futures = [
      pool.submit(exitWith, 6),
      pool.submit(exitWith, 6),
      pool.submit(mark, ran, 1),
      pool.submit(mark, ran, 2),
    ];
    const outcomes = Promise.allSettled(futures);
    await pool.shutdown();
    assert.deepEqual(
      (await outcomes).map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled', 'fulfilled'],
    );
    assert.equal(pool.statistics().workers, 0);
  });

  it('with({ retries }) runs a lost task again', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const tried = executor.tally(t);
    assert.equal(await pool.with({ retries: 1 }).submit(exitOnce, tried, 3), 'second try');
    assert.equal(arrivals(tried), 2);
  });

  it('a lost task with a key runs again before what stands behind it, on the same worker as that', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const keyed = pool.with({ key: 'k', retries: 1 });
    const [tried, ran] = [executor.tally(t), executor.tally(t)];
    const first = keyed.submit(exitOnce, tried, 3);
    const others = range(3).map(() => keyed.submit(seenAndMark, tried, ran));
    assert.equal(await first, 'second try');
    assert.deepEqual(await Promise.all(others), [
      [2, 0],
      [2, 1],
      [2, 2],
    ]);
  });

  it('each try of a lost task has the whole of its timeout', async (t) => {
    using clock = new VirtualClock({ autojump: false });
    const pool = executor.open(t, { maxWorkers: 1 });
    const [tried, release] = [executor.tally(t), executor.tally(t)];
    const future = pool.with({ retries: 1, timeout: 1000 }).submit(exitWhenReleased, tried, release, 3);
    await until(tried);
    await clock.advance(900);
    arrive(release);
    await until(tried, 2);
    await clock.advance(900);
    arrive(release);
    assert.equal(await future, 'second try');
  });

  it('without retries a lost task is not run again', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const tried = executor.tally(t);
    await assert.rejects(pool.submit(exitOnce, tried, 3).result(), lost(3));
    assert.equal(await pool.submit((x: number) => x, 1), 1);
    assert.equal(arrivals(tried), 1);
  });

  it("CF-PPE-002 onWorkerLost: 'break' fails every job and later submissions", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, onWorkerLost: 'break' });
    const ran = executor.tally(t);
    const leaving = pool.submit(exitWith, 7);
    const queued = pool.submit(mark, ran, 1);
    const [first, second] = await Promise.allSettled([leaving, queued]);
    assert.ok(first.status === 'rejected' && lost(7)(first.reason), inspect(first));
    assert.ok(
      second.status === 'rejected' && second.reason instanceof BrokenExecutorError && lost(7)(second.reason.cause),
      inspect(second),
    );
    assert.throws(() => pool.submit(mark, ran, 1), BrokenExecutorError);
    assert.equal(arrivals(ran), 0);
  });

  it('CF-PPE-019 workers that cannot be started break the pool instead of hanging it', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2, execArgv: ['--require=/does/not/exist.cjs'] });
    const outcomes = await Promise.allSettled(range(3).map((i) => pool.submit((x: number) => x, i)));
    for (const outcome of outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof BrokenExecutorError, inspect(outcome));
      // A thread reports why; a process prints it on stderr and leaves with code 1.
      const { cause } = outcome.reason;
      assert.ok(cause instanceof WorkerLostError, String(cause));
      assert.ok(
        executor.containsCrashes ? cause.exitCode === 1 : /does\/not\/exist/.test(cause.message + String(cause.cause)),
      );
    }
    assert.throws(() => pool.submit((x: number) => x, 1), BrokenExecutorError);
    await pool.shutdown();
  });

  for (const [entry, begin] of Object.entries(ENTRIES))
    it(`CF-PPE-019 ${entry} says so when not even the first worker can be started`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 2, ...refused(executor) });
      await assert.rejects(begin(pool), BrokenExecutorError);
      assert.throws(() => pool.submit((x: number) => x, 1), BrokenExecutorError);
      assert.throws(() => pool.with({ key: 'k' }).submit((x: number) => x, 1), BrokenExecutorError);
      await pool.shutdown();
    });

  it('CF-PPE-019 a pool that is to have workers from the start is broken when none can be started', async (t) => {
    const pool = executor.open(t, { minWorkers: 2, maxWorkers: 2, ...refused(executor) });
    assert.throws(() => pool.submit((x: number) => x, 1), BrokenExecutorError);
    await pool.shutdown();
  });

  it("CF-PPE-002 onWorkerLost: 'break' closes the pool when a worker is lost that had nothing to do", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, onWorkerLost: 'break' });
    assert.equal(await pool.submit(exitAfterwards, executor.tally(t), 3), 'done before the exit');
    while (pool.statistics().lost === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.throws(() => pool.submit((x: number) => x, 1), BrokenExecutorError);
  });

  it("CF-PPE-002 onWorkerLost: 'break' fails the tasks with a key, too", async (t) => {
    const pool = executor.open(t, { maxWorkers: 2, onWorkerLost: 'break' }).with({ key: 'k' });
    const futures = [pool.submit(exitWith, 7), pool.submit((x: number) => x, 1)];
    const [first, second] = await Promise.allSettled(futures);
    assert.ok(first?.status === 'rejected' && lost(7)(first.reason), inspect(first));
    assert.ok(second?.status === 'rejected' && second.reason instanceof BrokenExecutorError, inspect(second));
  });

  it(
    'CF-CRASH-005 a native crash of a process fails that task only',
    {
      skip: executor.containsCrashes ? false : 'a native crash in a thread ends the whole process; process pools only',
    },
    async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      for (const signal of ['SIGKILL', 'SIGSEGV'] as const) {
        await assert.rejects(pool.submit(killMyself, signal).result(), (error) => {
          assert.ok(error instanceof WorkerLostError, String(error));
          assert.deepEqual([error.signal, error.taskName], [signal, 'killMyself']);
          return true;
        });
      }
      assert.equal(await pool.submit((x: number) => x, 3), 3);
    },
  );

  it(
    'CF-PPE-006 the error says which process it was and how it ended',
    {
      skip: executor.containsCrashes ? false : 'process pools only',
    },
    async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const pid = await pool.submit(() => process.pid);
      const error = await pool.submit(exitWith, 99).exception();
      assert.match((error as Error).message, new RegExp(`\\b${pid}\\b`));
      assert.match((error as Error).message, /\b99\b/);
    },
  );
});
