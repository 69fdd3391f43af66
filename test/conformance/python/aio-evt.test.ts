import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { createTask, Event } from 'offloop';
import { inRun, settle } from './support.js';

describe('asyncio.Event', () => {
  inRun('AIO-EVT-001 set() wakes all who wait, in order', async () => {
    const event = new Event();
    const seen: number[] = [];
    const tasks = [1, 2, 3].map((number) =>
      createTask(async () => {
        assert.equal(await event.wait(), true);
        seen.push(number);
      }),
    );
    await settle();
    assert.equal(event.statistics().waiting, 3);
    event.set();
    await Promise.all(tasks);
    assert.deepEqual(seen, [1, 2, 3]);
  });

  inRun('AIO-EVT-002 wait() on a set event does not wait for a turn', async () => {
    const event = new Event();
    event.set();
    let turned = false;
    setImmediate(() => (turned = true));
    assert.equal(await event.wait(), true);
    assert.equal(turned, false);
  });

  inRun('AIO-EVT-004 clear() lowers it', () => {
    const event = new Event();
    event.set();
    assert.equal(event.isSet(), true);
    event.clear();
    assert.equal(event.isSet(), false);
  });

  inRun('AIO-EVT-005 clear() right after set() does not undo the wake-up', async () => {
    const event = new Event();
    const task = createTask(() => event.wait());
    await settle();
    event.set();
    event.clear();
    assert.equal(await task, true);
    assert.equal(event.isSet(), false);
  });
});
