import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { createTask, Future, gather, shield, sleep, TimeoutError, timeout } from 'offloop';
import { collectReports, inRun, inTime, isCancelled, settle } from './support.js';

describe('asyncio.shield', () => {
  inRun('AIO-SHIELD-001 passes the result', async () => {
    const inner = new Future<number>();
    const outer = shield(inner);
    inner.setResult(42);
    assert.equal(await outer, 42);
  });

  inRun('AIO-SHIELD-002 passes the error', async () => {
    const inner = new Future<number>();
    const outer = shield(inner);
    const error = new Error('expected');
    inner.setException(error);
    await assert.rejects(outer.result(), (seen) => seen === error);
  });

  inRun('AIO-SHIELD-004 cancelling the outer leaves the inner alone', async () => {
    const inner = new Future<number>();
    const outer = shield(inner);
    assert.equal(outer.cancel(), true);
    assert.deepEqual([outer.cancelled(), inner.done()], [true, false]);
    inner.setResult(1);
  });

  inTime('AIO-SHIELD-005 a cancelled task that awaits a shielded one ends, the inner goes on', async () => {
    const inner = createTask(() => sleep(100, 'done'));
    const outer = createTask(async () => await shield(inner));
    await settle();
    outer.cancel();
    await assert.rejects(outer.result(), isCancelled());
    assert.equal(inner.done(), false);
    assert.equal(await inner, 'done');
  });

  inRun('AIO-SHIELD-006 a late result of a shield that was cancelled is silent', async () => {
    const reports = collectReports();
    const inner = new Future<number>();
    shield(inner).cancel();
    inner.setResult(1);
    await settle();
    assert.deepEqual(reports, []);
  });

  inRun('AIO-SHIELD-007 a late failure of a shield that was cancelled is reported once', async () => {
    const reports = collectReports();
    const inner = new Future<number>();
    shield(inner).cancel();
    const exception = new RangeError('late');
    inner.setException(exception);
    await settle();
    assert.deepEqual(
      reports.map((report) => [report.message, report.exception]),
      [['RangeError exception in shielded future', exception]],
    );
  });

  inTime('AIO-SHIELD-007 so it is of many; none leaves its timer behind', async (clock) => {
    const reports = collectReports();
    const inner = new Future<number>();
    for (let round = 0; round < 3; round++) shield(inner, { timeout: 60_000 }).cancel();
    assert.equal(clock.pending, 0);
    inner.setException(new RangeError('late'));
    await settle();
    assert.equal(reports.length, 1);
  });

  inRun('AIO-SHIELD-009 a future that is done is given back itself', () => {
    const inner = new Future<number>();
    inner.setResult(1);
    assert.equal(shield(inner), inner);
  });

  inRun('AIO-SHIELD-010 shield(gather()) keeps the gather whole', async () => {
    const [a, b] = [new Future<number>(), new Future<number>()];
    const all = gather([a, b]);
    shield(all).cancel();
    a.setResult(1);
    b.setResult(2);
    assert.deepEqual(await all, [1, 2]);
  });

  inRun('AIO-SHIELD-011 gather(shield()) cancels the shields only', async () => {
    const [a, b] = [new Future<number>(), new Future<number>()];
    const shields = [shield(a), shield(b)];
    const all = gather(shields);
    all.cancel();
    assert.deepEqual(
      shields.map((one) => one.cancelled()),
      [true, true],
    );
    assert.deepEqual([a.done(), b.done()], [false, false]);
    await assert.rejects(all.result(), isCancelled());
  });

  inTime('a shielded block in a cancelled task runs to its end', async () => {
    const events: string[] = [];
    const task = createTask(async () => {
      try {
        await sleep(60_000);
      } finally {
        await shield(async () => {
          await sleep(10);
          events.push('cleaned up');
        });
      }
    });
    await sleep(1);
    task.cancel();
    task.cancel();
    await assert.rejects(task.result(), isCancelled());
    assert.deepEqual(events, ['cleaned up']);
  });

  inTime('a shielded block in a scope that is cancelled runs to its end, the next wait is refused', async () => {
    const events: string[] = [];
    await assert.rejects(
      timeout(10, async () => {
        try {
          await sleep(60_000);
        } finally {
          await shield(() => sleep(10));
          events.push('after the shield');
          await assert.rejects(sleep(1), isCancelled());
        }
      }),
      TimeoutError,
    );
    assert.deepEqual(events, ['after the shield']);
  });

  inTime('a shield with a timeout ends with a TimeoutError', async (clock) => {
    await assert.rejects(
      shield(() => sleep(60_000), { timeout: 10 }),
      TimeoutError,
    );
    const inner = createTask(() => sleep(60_000));
    await assert.rejects(shield(inner, { timeout: 10 }).result(), TimeoutError);
    assert.deepEqual([clock.now(), inner.done()], [20, false]);
  });
});
