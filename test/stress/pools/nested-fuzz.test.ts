import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callback, gather, ProcessPoolExecutor, ThreadPoolExecutor, type Callback, type Future } from 'offloop';
import { Random } from '../../fixtures/random.ts';
import { isDocumented } from './documented.ts';
import type { Kind } from './fuzz.ts';
import { seededRounds } from './seeded-rounds.ts';

/** A pool that has not come to its end after this long waits for itself. */
const END_WITHIN_MS = 60_000;

/** A job: what it does, and the jobs it submits. */
interface Tree {
  readonly how: 'awaits all' | 'awaits in turn' | 'blocks' | 'exits';
  readonly below: readonly Tree[];
}

type Run = Callback<[trees: readonly Tree[]], number[]>;

function grow(random: Random, depth: number): Tree {
  const how = random.pick<Tree['how']>([
    'awaits all',
    'awaits in turn',
    'blocks',
    'awaits all',
    'awaits in turn',
    'blocks',
    'exits',
  ]);
  const count = depth === 0 ? 0 : random.below(4);
  return { how, below: Array.from({ length: count }, () => grow(random, depth - 1)) };
}

const sizeOf = ({ below }: Tree): number => below.reduce((sum, tree) => sum + sizeOf(tree), 1);
const exits = ({ how, below }: Tree): boolean => how === 'exits' || below.some(exits);

/** Runs what is below it in the pool it runs in itself. Gives the number of jobs. */
const job = async ({ how, below }: Tree, run: Run): Promise<number> => {
  if (how === 'exits') process.exit(3);
  let sum = 1;
  const add = (counts: number[]): void => {
    for (const count of counts) sum += count;
  };
  if (how === 'awaits all') add(await run(below));
  else if (how === 'blocks') for (const tree of below) add(run([tree]).resultSync());
  else for (const tree of below) add(await run([tree]));
  return sum;
};

async function round(kind: Kind, seed: number): Promise<number> {
  const random = new Random(seed);
  const maxWorkers = 1 + random.below(3);
  const pool = kind === 'thread' ? new ThreadPoolExecutor({ maxWorkers }) : new ProcessPoolExecutor({ maxWorkers });
  const run: Run = callback((trees) =>
    gather(
      trees.map((tree) => pool.submit(job, tree, run)),
      { returnExceptions: false },
    ),
  );
  const trees = Array.from({ length: 1 + random.below(4) }, () => grow(random, 1 + random.below(3)));
  const futures: Future[] = trees.map((tree) => pool.submit(job, tree, run));
  const cancelled = new Set<Future>();
  for (const future of futures) {
    future.catch(() => {});
    if (random.chance(0.2)) {
      cancelled.add(future);
      setTimeout(() => future.cancel(), random.below(30));
    }
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: 'jobs wait for each other' })), END_WITHIN_MS);
  });
  const outcomes = await Promise.race([Promise.allSettled(futures), late]);
  clearTimeout(timer);
  for (const [i, outcome] of outcomes.entries()) {
    const [tree, future] = [trees[i] as Tree, futures[i] as Future];
    if (outcome.status === 'fulfilled') assert.equal(outcome.value, sizeOf(tree));
    else {
      assert.ok(exits(tree) || cancelled.has(future), `ended with ${String(outcome.reason)}`);
      assert.ok(isDocumented(outcome.reason), String(outcome.reason));
    }
  }
  await pool.shutdown({ cancelFutures: true });
  assert.equal(pool.statistics().workers, 0);
  return trees.reduce((sum, tree) => sum + sizeOf(tree), 0);
}

describe('jobs that wait for jobs of their own pool, under cancellation and loss', () => {
  for (const kind of ['thread', 'process'] satisfies Kind[]) {
    it(`in a ${kind} pool never wait for ever`, async (t) => {
      let jobs = 0;
      const { seed, rounds } = await seededRounds(t, 4_000, async (next) => {
        jobs += await round(kind, next);
      });
      t.diagnostic(`seed ${seed}: ${jobs} jobs in ${rounds} pools`);
    });
  }
});
