import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { getPriority } from 'node:os';
import { describeExecutors, it } from './describe-executors.ts';

/** Of the thread that runs the job, since on Linux each has its own; and of the program's main thread. */
const niceness = (program: number): readonly [own: number, program: number] => [getPriority(0), getPriority(program)];
const nicenessOfChild = (): number => Number(execFileSync('nice', { encoding: 'utf8' }));

describeExecutors('niceness', (executor) => {
  const skip = process.platform !== 'linux' && 'threads have a niceness of their own on Linux only';
  const nicer = (by: number): number => Math.min(19, getPriority(process.pid) + by);

  it('workers are nicer than the program, which stays as it is', { skip }, async (t) => {
    const before = getPriority(process.pid);
    const pool = executor.open(t, { maxWorkers: 2, initializer: () => {} });
    for (let round = 0; round < 20; round += 1) {
      assert.deepEqual(await pool.submit(niceness, process.pid), [nicer(10), before]);
    }
    assert.equal(await pool.submit(nicenessOfChild), nicer(10), 'what a job starts is as nice');
  });

  it('by as much as the option says', { skip }, async (t) => {
    for (const nice of [0, 3, 19]) {
      const pool = executor.open(t, { maxWorkers: 1, nice });
      assert.deepEqual(await pool.submit(niceness, process.pid), [nicer(nice), nicer(0)]);
    }
  });

  it('so are spares and workers that take the place of others', { skip }, async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, maxTasksPerWorker: 1 });
    for (let round = 0; round < 3; round += 1) {
      const endless = pool.with({ timeout: 50 }).submit(() => {
        for (;;);
      });
      await assert.rejects(endless.result());
      assert.deepEqual(await pool.submit(niceness, process.pid), [nicer(10), nicer(0)]);
    }
  });
});
