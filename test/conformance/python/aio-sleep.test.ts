import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { createTask, getRunningLoop, InvalidOptionError, run, sleep, TimeoutError } from 'offloop';
import { inRun, inTime, isCancelled } from './support.js';

describe('asyncio.sleep', () => {
  inTime('AIO-SLEEP-001 gives its value after the time', async (clock) => {
    assert.equal(await sleep(100, 'yeah'), 'yeah');
    assert.equal(clock.now(), 100);
  });

  inRun('AIO-SLEEP-002 sleep(0) is one turn: what was queued before has run', async () => {
    const order: string[] = [];
    getRunningLoop().callSoon(() => order.push('queued before'));
    assert.equal(await sleep(0, 10), 10);
    order.push('after');
    getRunningLoop().callSoon(() => order.push('too late'));
    assert.deepEqual(order, ['queued before', 'after']);
  });

  inRun('AIO-SLEEP-004 zero or less still waits for a turn', async () => {
    for (const ms of [0, -1, -Infinity]) {
      let turned = false;
      setImmediate(() => (turned = true));
      await sleep(ms);
      assert.equal(turned, true);
    }
  });

  inRun('a sleep that is not a number is an InvalidOptionError', () => {
    for (const ms of [Number.NaN, '1', undefined]) assert.throws(() => sleep(ms as never), InvalidOptionError);
  });

  inTime('a signal ends a sleep', async (clock) => {
    const controller = new AbortController();
    const task = createTask(() => sleep(60_000, undefined, { signal: controller.signal }));
    await sleep(1);
    controller.abort('enough');
    await assert.rejects(task.result(), isCancelled('enough'));
    assert.equal(clock.pending, 0);
    await assert.rejects(sleep(1, undefined, { signal: controller.signal }), isCancelled('enough'));
  });

  inTime('a sleep takes a timeout and a signal, as every wait', async (clock) => {
    await assert.rejects(sleep(60_000, undefined, { timeout: 5 }), TimeoutError);
    const controller = new AbortController();
    const asleep = sleep(60_000, undefined, { signal: controller.signal });
    controller.abort('up');
    await assert.rejects(asleep, isCancelled('up'));
    assert.deepEqual([clock.now(), clock.pending], [5, 0]);
  });

  inRun('a sleep nobody awaits does not end the process when its task is cancelled', async () => {
    const task = createTask(async () => {
      void sleep(60_000);
      await sleep(60_000);
    });
    await sleep(1);
    task.cancel();
    await assert.rejects(task.result(), isCancelled());
    await sleep(1);
    assert.equal(typeof run, 'function');
  });
});
