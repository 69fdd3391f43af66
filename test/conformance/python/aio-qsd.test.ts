import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inspect } from 'node:util';
import { createTask, Queue, QueueShutDownError } from 'offloop';
import { inRun, settle } from './support.js';

describe('asyncio.Queue.shutdown', () => {
  inRun('AIO-QSD-001 of an empty queue: waiting and later calls throw, join() ends', async () => {
    const queue = new Queue<number>();
    const getter = createTask(() => queue.get());
    await settle();
    queue.shutdown();
    await assert.rejects(getter.result(), QueueShutDownError);
    await queue.join();
    await assert.rejects(queue.get(), QueueShutDownError);
    await assert.rejects(queue.put(1), QueueShutDownError);
    assert.throws(() => queue.getNowait(), QueueShutDownError);
    assert.throws(() => queue.putNowait(1), QueueShutDownError);
  });

  inRun('AIO-QSD-002 of a queue with an item: it can be taken, waiting puts throw, join() waits', async () => {
    const queue = new Queue<number>({ maxSize: 1 });
    await queue.put(1);
    const putter = createTask(() => queue.put(2));
    const joiner = createTask(() => queue.join());
    await settle();
    queue.shutdown();
    await assert.rejects(putter.result(), QueueShutDownError);
    assert.equal(await queue.get(), 1);
    await assert.rejects(queue.get(), QueueShutDownError);
    assert.equal(joiner.done(), false);
    queue.taskDone();
    await joiner;
  });

  inRun('AIO-QSD-004 immediate drops what is in it; what was taken counts until taskDone()', async () => {
    const queue = new Queue<number>();
    queue.putNowait(1);
    queue.putNowait(2);
    queue.getNowait();
    const joiner = createTask(() => queue.join());
    await settle();
    queue.shutdown({ immediate: true });
    assert.deepEqual([queue.qsize(), queue.statistics().unfinished], [0, 1]);
    await settle();
    assert.equal(joiner.done(), false);
    queue.taskDone();
    await joiner;
    assert.throws(() => queue.taskDone());
  });

  inRun('AIO-QSD-005 inspect() says so', () => {
    const queue = new Queue();
    queue.shutdown();
    assert.equal(inspect(queue), 'Queue { maxSize: 0, shut down }');
  });

  inRun('iteration ends with what was in it', async () => {
    const queue = new Queue<number>();
    for (const item of [1, 2, 3]) queue.putNowait(item);
    queue.shutdown();
    const seen: number[] = [];
    for await (const item of queue) seen.push(item);
    assert.deepEqual(seen, [1, 2, 3]);
  });
});
