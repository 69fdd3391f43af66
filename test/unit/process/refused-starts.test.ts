import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ProcessPoolExecutor } from '#offloop/index.js';
import { arrive, tallyInFolder, until, type Tally } from '../../fixtures/tasks/tally.js';
import { hold } from '../../fixtures/tasks/gated.js';
import { rmSync } from 'node:fs';

const BALLAST = 'OFFLOOP_TEST_BALLAST';

/** From now on the system refuses to start any process with our environment: it is too long. */
function refuseStarts(t: TestContext): () => void {
  process.env[BALLAST] = 'x'.repeat(1 << 22);
  const allow = (): void => void delete process.env[BALLAST];
  t.after(allow);
  return allow;
}

function tally(t: TestContext): Tally & { readonly folder: string } {
  const made = tallyInFolder();
  t.after(() => rmSync(made.folder, { recursive: true, force: true }));
  return made;
}

async function openBusy(t: TestContext): Promise<{ pool: ProcessPoolExecutor; release: () => Promise<void> }> {
  const pool = new ProcessPoolExecutor({ maxWorkers: 2 });
  t.after(() => pool.shutdown({ timeout: 5000 }));
  const [started, gate] = [tally(t), tally(t)];
  const held = pool.submit(hold, started, gate, 1);
  await until(started);
  return {
    pool,
    release: async () => {
      arrive(gate);
      assert.equal(await held, 1);
    },
  };
}

const skip = process.platform === 'win32' ? 'the length of an environment is not limited there' : false;

describe('children that the system refuses to start while a pool has others', { skip }, () => {
  it('are made do without', async (t) => {
    const { pool, release } = await openBusy(t);
    refuseStarts(t);
    const waiting = [1, 2, 3, 4, 5].map((i) => pool.submit((x: number) => x, i));
    assert.equal(pool.statistics().workers, 1);
    await release();
    assert.deepEqual(await Promise.all(waiting), [1, 2, 3, 4, 5]);
  });

  it('do not run what is for every worker; those that are there do', async (t) => {
    const { pool, release } = await openBusy(t);
    const allow = refuseStarts(t);
    const all = pool.runOnAll((x: number) => x, 7);
    await release();
    assert.deepEqual(await all, [7]);
    allow();
    assert.deepEqual(await pool.runOnAll((x: number) => x, 7), [7, 7]);
  });

  it('leave tasks with a key to those that are there', async (t) => {
    const { pool, release } = await openBusy(t);
    refuseStarts(t);
    const keyed = pool.with({ key: 'k' }).submit((x: number) => x, 7);
    await release();
    assert.equal(await keyed, 7);
  });

  it('fail what only a lost worker could run, and nothing else', async (t) => {
    const { pool, release } = await openBusy(t);
    const keyed = pool.with({ key: 'k' });
    const left = await keyed.submit(() => process.pid);
    refuseStarts(t);
    const futures = [keyed.submit(() => process.kill(process.pid, 'SIGKILL')), keyed.submit((x: number) => x, 1)];
    const [first, second] = await Promise.allSettled(futures);
    assert.ok(left > 0 && first?.status === 'rejected' && first.reason.name === 'WorkerLostError');
    assert.ok(second?.status === 'rejected' && /cannot start a worker: spawn E2BIG/.test(second.reason.message));
    await release();
    assert.equal(await pool.submit((x: number) => x, 3), 3);
  });
});
