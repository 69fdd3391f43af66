import assert from 'node:assert/strict';
import { CancelledError, SerializationError, WorkerLostError, type Future } from 'offloop';
import { describeExecutors, it, type ExecutorKind, type Pool } from '../executors/describe-executors.ts';
import { mulberry32 } from '../../fixtures/random.ts';
import { exitWith, spin, throwOutside } from '../../fixtures/tasks/exits.ts';
import { fail } from '../../fixtures/tasks/failures.ts';
import { mark } from '../../fixtures/tasks/gated.ts';
import {
  changePrototypes,
  isKept,
  overwriteExit,
  overwriteTimers,
  postToParent,
  watchArgument,
} from '../../fixtures/tasks/mischief.ts';
import { produce } from '../../fixtures/tasks/results.ts';
import { until, type Tally } from '../../fixtures/tasks/tally.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

interface Expected {
  readonly future: Future;
  readonly kind: string;
  readonly matches: (outcome: PromiseSettledResult<unknown>) => boolean;
}

const failsWith =
  (type: new (...args: never[]) => Error) =>
  (outcome: PromiseSettledResult<unknown>): boolean =>
    outcome.status === 'rejected' && outcome.reason instanceof type;

function randomJob(pool: Pool, executor: ExecutorKind, tally: Tally, random: () => number, i: number): Expected {
  const dice = random();
  if (dice < 0.05) return { kind: 'exit', future: pool.submit(exitWith, i % 4), matches: failsWith(WorkerLostError) };
  if (dice < 0.1)
    return { kind: 'throw outside', future: pool.submit(throwOutside, 'x'), matches: failsWith(WorkerLostError) };
  if (dice < 0.2) return { kind: 'fail', future: pool.submit(fail, 'parse'), matches: failsWith(TypeError) };
  if (dice < 0.25)
    return { kind: 'bad result', future: pool.submit(produce, 'function'), matches: failsWith(SerializationError) };
  if (dice < 0.35) {
    const future = pool.submit(spin, tally);
    setTimeout(() => future.cancel(), random() * 20);
    return { kind: 'cancelled', future, matches: failsWith(CancelledError) };
  }
  return {
    kind: 'value',
    future: pool.submit(mark, tally, i),
    matches: (outcome) => outcome.status === 'fulfilled' && outcome.value === i,
  };
}

describeExecutors('jobs are never lost', (executor) => {
  for (const seed of [1, 2, 3]) {
    it(`120 jobs that fail, exit, spin and return in a random mix all end as they should (seed ${seed})`, async (t) => {
      const random = mulberry32(seed);
      const pool = executor.open(t, { maxWorkers: 3 });
      const tally = executor.tally(t);
      const expected = range(120).map((i) => randomJob(pool, executor, tally, random, i));
      const outcomes = await Promise.allSettled(expected.map(({ future }) => future));
      for (const [i, outcome] of outcomes.entries()) {
        const { kind, matches } = expected[i] as Expected;
        assert.ok(
          matches(outcome),
          `job ${i} (${kind}) ended as ${outcome.status}: ${String((outcome as PromiseRejectedResult).reason)}`,
        );
      }
      const { running, queued, submitted, completed, failed, cancelled } = pool.statistics();
      assert.deepEqual({ running, queued }, { running: 0, queued: 0 });
      assert.equal(submitted, completed + failed + cancelled, 'each job is counted once');
      await pool.shutdown();
      assert.equal(pool.statistics().workers, 0);
    });
  }

  it('a job submitted right after a cancellation never goes to the worker that is ended', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    for (let i = 0; i < 10; i += 1) {
      const started = executor.tally(t);
      const future = pool.submit(spin, started);
      await until(started);
      future.cancel();
      assert.equal(await pool.submit((x: number) => x, i), i);
      await assert.rejects(future.result(), CancelledError);
    }
  });

  it('shutting down while a cancelled worker is ended returns', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const started = executor.tally(t);
    const future = pool.submit(spin, started);
    await until(started);
    const ended = future.exception().catch((error: unknown) => error);
    future.cancel();
    await pool.shutdown();
    assert.ok((await ended) instanceof CancelledError);
    assert.equal(pool.statistics().workers, 0);
  });
});

describeExecutors('careless tasks', (executor) => {
  for (const [what, task] of [
    ['process.exit', overwriteExit],
    ['timers', overwriteTimers],
  ] as const) {
    it(`a task that overwrites ${what} breaks neither its result, the next task nor the end of its worker`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      assert.equal(await pool.submit(task), 'done');
      assert.equal(await pool.submit((x: number) => x, 2), 2);
      await pool.shutdown();
      assert.equal(pool.statistics().workers, 0);
    });
  }

  it('a task that changes built-in prototypes does not change how values travel', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.equal(await pool.submit(changePrototypes), 'done');
    assert.deepEqual(await pool.submit((x: object) => x, { rows: [1, 2, { a: 'b' }] }), { rows: [1, 2, { a: 'b' }] });
    await assert.rejects(pool.submit(fail, 'range').result(), RangeError);
  });

  it('messages a task posts to its parent are not taken for results', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.equal(await pool.submit(postToParent), 5);
    assert.equal(await pool.submit((x: number) => x, 2), 2);
  });

  it('CF-PPE-007 a worker keeps no reference to the arguments of a finished job', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await pool.submit(watchArgument, { payload: 'x'.repeat(1_000) });
    assert.equal(await pool.submit(isKept), false);
  });
});
