import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { CancelledError, ProcessPoolExecutor, ThreadPoolExecutor, WorkerLostError, type PoolOptions } from 'offloop';
import { Random } from '../../fixtures/random.js';

const ROUNDS = 15;
const CLOSURES = 120;

const closure = (n: number, text: string) => (x: number) => `${text} ${n + x}`;
const exits = (n: number) => () => {
  if (n >= 0) process.exit(n);
};
const endless = (n: number) => async () => {
  for (;;) await new Promise((resolve) => setTimeout(resolve, n));
};

/** Functions come and go, are collected at any time, and workers are told to drop them while jobs stand in rings and queues. */
async function churn(pool: ThreadPoolExecutor | ProcessPoolExecutor, random: Random): Promise<void> {
  const kept = Array.from({ length: 20 }, (_, n) => closure(n, 'kept'));
  for (let round = 0; round < ROUNDS; round += 1) {
    const calls: Promise<void>[] = [];
    const expect = (fn: (x: number) => string, n: number, text: string): void => {
      const view = random.chance(0.2) ? pool.with({ retries: 5 }) : pool;
      const future = view.submit(fn, round);
      if (random.chance(0.1)) future.cancel();
      calls.push(
        future.result().then(
          (value) => assert.equal(value, `${text} ${n + round}`),
          (error: unknown) =>
            assert.ok(error instanceof CancelledError || error instanceof WorkerLostError, String(error)),
        ),
      );
    };
    for (let n = 0; n < CLOSURES; n += 1) {
      const fn = closure(n, 'fresh');
      for (let times = 0; times < 3; times += 1) expect(fn, n, 'fresh');
      const again = random.below(kept.length);
      expect(kept[again] as (x: number) => string, again, 'kept');
    }
    if (random.chance(0.2)) await assert.rejects(pool.submit(exits(3)).result(), WorkerLostError);
    if (random.chance(0.3)) {
      const waiting = pool.submit(endless(1));
      await setImmediate();
      waiting.cancel();
      await assert.rejects(waiting.result(), CancelledError);
    }
    await Promise.all(calls);
    if (random.chance(0.5)) await setImmediate(globalThis.gc?.());
  }
}

describe('functions that come and go', () => {
  const pools: readonly (readonly [
    string,
    (options: PoolOptions) => ThreadPoolExecutor | ProcessPoolExecutor,
    PoolOptions,
  ])[] = [
    ['threads', (options) => new ThreadPoolExecutor(options), {}],
    ['threads that are interrupted', (options) => new ThreadPoolExecutor(options), { cancelMode: 'interrupt' }],
    ['processes', (options) => new ProcessPoolExecutor(options), {}],
  ];
  for (const [name, open, options] of pools)
    it(`are the right ones, in ${name}`, { timeout: 300_000 }, async (t) => {
      const seed = Number(process.env['OFFLOOP_FUZZ_SEED'] ?? Math.floor(Math.random() * 1e6));
      t.diagnostic(`OFFLOOP_FUZZ_SEED=${seed}`);
      const pool = open({ maxWorkers: 2, ...options });
      try {
        await churn(pool, new Random(seed));
      } finally {
        await pool.shutdown();
      }
    });
});
