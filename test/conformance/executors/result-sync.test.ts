import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import type { CancelMode } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';
import {
  blockBehindCancelled,
  blockBehindLongJob,
  blockForOneMoreWorker,
  blockForTimeout,
  blockWhileClosing,
  kinds,
} from '../../fixtures/tasks/blocking.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const ALL_SHORT_THEN_LONG = [...range(20), -1];
const ALL_HELD_THEN_LAST = range(availableParallelism() + 1);
const TIME_IS_UP = 'TimeoutError: "spin" ran longer than its timeout of 50 ms';

describeExecutors('a thread that blocks in resultSync()', (executor) => {
  const kind = executor.name as keyof typeof kinds;
  const modes: CancelMode[] = executor.interrupts ? ['terminate', 'interrupt'] : ['terminate'];

  it('is given the results of short jobs behind a long one by an idle worker', async () => {
    assert.deepEqual(await blockBehindLongJob(kind), ALL_SHORT_THEN_LONG);
  });

  it('gets one worker more while those at work wait for something', async () => {
    assert.deepEqual(await blockForOneMoreWorker(kind), ALL_HELD_THEN_LAST);
  });

  it('gets the CancelledError of a job that its pool no longer waits for', async () => {
    assert.equal(await blockWhileClosing(kind), 'CancelledError: the executor was terminated');
  });

  for (const cancelMode of modes) {
    it(`gets the TimeoutError of a job whose time is up, and then the next result (${cancelMode})`, async () => {
      assert.deepEqual(await blockForTimeout(kind, cancelMode), [TIME_IS_UP, 7]);
    });

    it(`gets the result of a job behind one that was cancelled and does not end by itself (${cancelMode})`, async () => {
      assert.equal(await blockBehindCancelled(kind, cancelMode), 7);
    });
  }
});

describeExecutors('a thread of a worker that blocks in resultSync()', (executor) => {
  for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
    it(`is given the results of short jobs behind a long one by a ${kind}`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      assert.deepEqual(await pool.submit(blockBehindLongJob, kind), ALL_SHORT_THEN_LONG);
    });

    it(`gets one worker more of a ${kind}`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      assert.deepEqual(await pool.submit(blockForOneMoreWorker, kind), ALL_HELD_THEN_LAST);
    });

    it(`gets the TimeoutError of a job of a ${kind} whose time is up`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      assert.deepEqual(await pool.submit(blockForTimeout, kind, 'terminate'), [TIME_IS_UP, 7]);
    });
  }
});
