import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTask, Queue, run, sleep } from 'offloop';

const quiet = { signals: false } as const;

describe('for await over a queue', () => {
  it('gives what get() would: an item that is a promise when it is settled', async () => {
    await run(async () => {
      const queue = new Queue<unknown>();
      await queue.put(Promise.resolve('there'));
      const items: unknown[] = [];
      const reading = createTask(async () => {
        for await (const item of queue) items.push(item);
      });
      await sleep(0);
      await queue.put(Promise.resolve('waited for'));
      await queue.put(undefined);
      queue.shutdown();
      await reading;
      assert.deepEqual(items, ['there', 'waited for', undefined]);
    }, quiet);
  });

  it('ends each time it is asked once the queue is shut down, whether it waited or not', async () => {
    await run(async () => {
      const queue = new Queue<number>();
      const iterator = queue[Symbol.asyncIterator]();
      const waited = iterator.next();
      queue.shutdown();
      assert.deepEqual(await waited, { done: true, value: undefined });
      assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    }, quiet);
  });

  it('a cancelled one takes nothing', async () => {
    await run(async () => {
      const queue = new Queue<number>();
      const reading = createTask(async () => {
        for await (const _ of queue);
      });
      await sleep(0);
      reading.cancel();
      await queue.put(1);
      await assert.rejects(async () => await reading, { name: 'CancelledError' });
      assert.equal(queue.getNowait(), 1);
    }, quiet);
  });

  it('closing an iterator takes back what it waits for, and nothing else', async () => {
    const queue = new Queue<number>();
    const iterator = queue[Symbol.asyncIterator]();
    const steps = [iterator.next(), iterator.next()];
    const other = queue.get();
    assert.deepEqual(await iterator.return?.(), { done: true, value: undefined });
    assert.deepEqual(
      (await Promise.all(steps)).map(({ done }) => done),
      [true, true],
    );
    queue.putNowait(1);
    queue.putNowait(2);
    assert.equal(await other, 1);
    assert.equal(queue.qsize(), 1);
  });
});
