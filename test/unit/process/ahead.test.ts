import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'node:test';
import { CancelledError, WorkerLostError, type Future } from '#offloop/index.js';
import { mulberry32 } from '../../fixtures/random.ts';
import { holdUp, isSent, Journal, note, noteAndDie, noteAndSpin, open, range, untilAhead } from './ahead.js';

const onWindows = process.platform === 'win32';

async function untilBegun(journal: Journal, number: number): Promise<void> {
  while (!journal.begun.includes(number)) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** What each job came to: `value`, `cancelled`, `lost` or the error. */
async function outcomes(futures: readonly Future[]): Promise<string[]> {
  const settled = await Promise.allSettled(futures.map((future) => future.result()));
  return settled.map((outcome) => {
    if (outcome.status === 'fulfilled') return 'value';
    if (outcome.reason instanceof CancelledError) return 'cancelled';
    return outcome.reason instanceof WorkerLostError ? 'lost' : inspect(outcome.reason);
  });
}

function assertOnce(begun: readonly number[]): void {
  assert.equal(new Set(begun).size, begun.length, `a job has begun twice: ${inspect(begun.toSorted((a, b) => a - b))}`);
}

describe('jobs in a child that have not begun', () => {
  it('are taken back from behind a long job and run by another child', async (t) => {
    const pool = open(t, { maxWorkers: 2 });
    const journal = new Journal(t);
    await untilAhead(pool, 2);
    const long = pool.submit(noteAndSpin, journal.file, -1);
    const short = range(100).map((i) => pool.submit(note, journal.file, i));
    assert.deepEqual(await Promise.all(short), range(100));
    assert.equal(long.done(), false);
    long.cancel();
    await assert.rejects(long.result(), CancelledError);
    assertOnce(journal.begun);
  });

  it('are cancelled at once and never begin', async (t) => {
    const pool = open(t);
    const journal = new Journal(t);
    const { long, short } = await holdUp(pool, journal, 50);
    for (const future of short) {
      assert.equal(future.cancel('not needed'), true);
      assert.equal(future.state, 'cancelled');
    }
    assert.equal(pool.statistics().queued, 0);
    long.cancel();
    assert.equal(await pool.submit((x: number) => x, 3), 3);
    assert.ok(journal.begun.every((number) => number < 0));
    assert.deepEqual(
      await outcomes([long, ...short]),
      range(51).map(() => 'cancelled'),
    );
  });

  it('keep their order when they come back', async (t) => {
    const pool = open(t, { maxWorkers: 1, cancelMode: 'abandon' });
    const journal = new Journal(t);
    await untilAhead(pool);
    const short = range(10).map((i) => pool.submit(note, journal.file, i));
    const long = pool.submit((ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms), 40);
    short.push(...range(90).map((i) => pool.submit(note, journal.file, i + 10)));
    await Promise.all([long, ...short]);
    assert.deepEqual(journal.begun, range(100));
  });

  it('survive when the running one is ended with its child', async (t) => {
    const pool = open(t);
    const journal = new Journal(t);
    for (let round = 0; round < 3; round += 1) {
      await untilAhead(pool);
      const base = round * 100;
      const long = pool.submit(noteAndSpin, journal.file, base);
      const short = range(40).map((i) => pool.submit(note, journal.file, base + i + 1));
      await untilBegun(journal, base);
      long.cancel();
      assert.equal(long.cancelled(), true);
      assert.deepEqual(
        await outcomes(short),
        range(40).map(() => 'value'),
      );
    }
    assertOnce(journal.begun);
    assert.equal(journal.begun.length, 3 * 41);
    assert.equal(pool.statistics().lost, 0, 'a worker ended on purpose is not lost');
  });

  it('survive when their child was stopped by a signal and is ended all the same', { skip: onWindows }, async (t) => {
    const pool = open(t);
    const journal = new Journal(t);
    const { long, short, pid } = await holdUp(pool, journal, 40);
    process.kill(pid, 'SIGSTOP');
    long.cancel();
    assert.deepEqual(await Promise.all(short), range(40));
    assertOnce(journal.begun);
    assert.equal(pool.statistics().lost, 0);
  });

  it('survive when their child is killed: only the job that had begun is lost', async (t) => {
    const pool = open(t);
    const journal = new Journal(t);
    for (let round = 0; round < 2; round += 1) {
      await untilAhead(pool);
      const base = round * 100;
      const futures = range(100).map((i) => pool.submit(i % 25 === 7 ? noteAndDie : note, journal.file, base + i));
      assert.deepEqual(
        await outcomes(futures),
        range(100).map((i) => (i % 25 === 7 ? 'lost' : 'value')),
      );
    }
    assertOnce(journal.begun);
    assert.equal(journal.begun.length, 200);
  });

  it('are cancelled by shutdown({ cancelFutures: true }); what has begun ends well', async (t) => {
    const pool = open(t);
    const journal = new Journal(t);
    await untilAhead(pool);
    const futures = range(400).map((i) => pool.submit(note, journal.file, i));
    await futures[0];
    await pool.shutdown({ cancelFutures: true });
    const ended = await outcomes(futures);
    assertOnce(journal.begun);
    for (const [i, outcome] of ended.entries()) {
      assert.ok(outcome === 'value' || outcome === 'cancelled', outcome);
      if (outcome === 'value') assert.ok(journal.begun.includes(i));
    }
    assert.deepEqual([pool.statistics().workers, pool.statistics().queued], [0, 0]);
  });

  for (const cancelMode of ['terminate', 'cooperative', 'abandon'] as const) {
    it(`a storm of cancellations (${cancelMode}): each job ends once, none begins twice, none hangs`, async (t) => {
      const pool = open(t, { maxWorkers: 2, cancelMode });
      const journal = new Journal(t);
      const random = mulberry32(7);
      await untilAhead(pool, 2);
      for (let round = 0; round < 20; round += 1) {
        const base = round * 100;
        const futures = range(100).map((i) => pool.submit(note, journal.file, base + i));
        const cancelled = new Set<number>();
        const cancel = (): void => {
          const i = Math.floor(random() * 100);
          if ((futures[i] as Future).cancel()) cancelled.add(i);
        };
        for (let i = 0; i < 20; i += 1) cancel();
        await new Promise((resolve) => setImmediate(resolve));
        for (let i = 0; i < 20; i += 1) cancel();
        await futures[Math.floor(random() * 100)]?.result().catch(() => {});
        for (let i = 0; i < 20; i += 1) cancel();
        for (const [i, outcome] of (await outcomes(futures)).entries()) {
          if (cancelMode === 'cooperative') assert.ok(outcome === 'value' || cancelled.has(i), outcome);
          else assert.equal(outcome, cancelled.has(i) ? 'cancelled' : 'value');
          if (outcome === 'value') assert.ok(journal.begun.includes(base + i));
        }
      }
      assertOnce(journal.begun);
      // One that was abandoned holds its worker until it ends.
      while (pool.statistics().running > 0) await new Promise((resolve) => setImmediate(resolve));
      const { running, queued, submitted, completed, failed, cancelled, lost } = pool.statistics();
      assert.deepEqual({ running, queued, lost }, { running: 0, queued: 0, lost: 0 });
      assert.equal(submitted, completed + failed + cancelled);
    });
  }

  it('children killed at random moments: no job begins twice, and no more are lost than children', async (t) => {
    const pool = open(t, { maxWorkers: 2 });
    const journal = new Journal(t);
    const random = mulberry32(11);
    let kills = 0;
    let lost = 0;
    for (let round = 0; round < 12; round += 1) {
      await untilAhead(pool, 2);
      const pids = await pool.runOnAll(() => process.pid);
      const base = round * 200;
      const futures = range(200).map((i) => pool.submit(note, journal.file, base + i));
      const victim = futures[Math.floor(random() * 200)] as Future;
      await victim.result().catch(() => {});
      process.kill(pids[Math.floor(random() * pids.length)] as number, 'SIGKILL');
      kills += 1;
      const ended = await outcomes(futures);
      // When all had ended before, the pool has yet to learn that a child is gone.
      while (pool.statistics().lost < kills) await new Promise((resolve) => setTimeout(resolve, 1));
      assert.ok(ended.every((outcome) => outcome === 'value' || outcome === 'lost'));
      lost += ended.filter((outcome) => outcome === 'lost').length;
      for (const [i, outcome] of ended.entries()) {
        if (outcome === 'value') assert.ok(journal.begun.includes(base + i));
      }
    }
    assertOnce(journal.begun);
    assert.ok(lost <= kills, `${lost} jobs were lost with ${kills} children`);
  });

  it('are not sent where threads are forbidden: nobody could take them back', async (t) => {
    const flag = ['--permission', '--experimental-permission'].find((name) =>
      process.allowedNodeEnvironmentFlags.has(name),
    );
    assert.ok(flag !== undefined);
    const pool = open(t, { execArgv: [flag, '--allow-fs-read=*', '--no-warnings'] });
    for (let round = 0; round < 20; round += 1) {
      const futures = range(40).map((i) => pool.submit((x: number) => x, i));
      assert.ok(futures.filter((future) => isSent(future)).length <= 1);
      assert.deepEqual(await Promise.all(futures), range(40));
    }
  });

  it('leave the event loop of the child its turns', async (t) => {
    const pool = open(t);
    await untilAhead(pool);
    await pool.submit(() => {
      const state = globalThis as { ticks?: number };
      state.ticks = 0;
      setInterval(() => {
        state.ticks = (state.ticks ?? 0) + 1;
      }, 1);
    });
    // Always some in the child: its timers run between jobs, or not at all.
    let ticks = 0;
    const keep = async (): Promise<void> => {
      while (ticks < 20) ticks = await pool.submit(() => (globalThis as { ticks?: number }).ticks ?? 0);
    };
    await Promise.all(range(200).map(() => keep()));
    assert.ok(ticks >= 20);
  });

  it('resultSync() of one of them runs those in front of it first', async (t) => {
    const pool = open(t);
    const journal = new Journal(t);
    await untilAhead(pool);
    const futures = range(60).map((i) => pool.submit(note, journal.file, i));
    assert.equal(futures[40]?.resultSync(), 40);
    assert.deepEqual(journal.begun.slice(0, 41), range(41));
    assert.deepEqual(await Promise.all(futures), range(60));
  });

  it('large arguments and results keep their place among small ones', async (t) => {
    const pool = open(t);
    await untilAhead(pool);
    const sizes = range(200).map((i) => (i % 20 === 3 ? 700_000 : 10));
    const back = await Promise.all(sizes.map((size, i) => pool.submit((bytes: Uint8Array) => bytes, filled(size, i))));
    for (const [i, bytes] of back.entries()) {
      assert.deepEqual([bytes.length, bytes[0], bytes.at(-1)], [sizes[i], i, i]);
    }
  });
});

function filled(size: number, value: number): Uint8Array {
  return new Uint8Array(size).fill(value);
}
