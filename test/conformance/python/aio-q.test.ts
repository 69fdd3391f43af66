import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import {
  createTask,
  gather,
  InvalidStateError,
  LifoQueue,
  PriorityQueue,
  Queue,
  QueueEmptyError,
  QueueFullError,
  sleep,
  TimeoutError,
  waitFor,
} from 'offloop';
import { inRun, inTime, isCancelled, settle } from './support.js';

describe('asyncio.Queue', () => {
  inRun('AIO-Q-001 first in, first out', async () => {
    const queue = new Queue<number>();
    for (const item of [1, 3, 2]) await queue.put(item);
    assert.deepEqual([await queue.get(), await queue.get(), await queue.get()], [1, 3, 2]);
  });

  inRun('AIO-Q-002 a LifoQueue gives the last first', async () => {
    const queue = new LifoQueue<number>();
    for (const item of [1, 3, 2]) await queue.put(item);
    assert.deepEqual([await queue.get(), await queue.get(), await queue.get()], [2, 3, 1]);
  });

  inRun('a PriorityQueue gives the smallest first, equal ones as they came', async () => {
    const queue = new PriorityQueue<number>();
    for (const item of [1, 3, 2]) await queue.put(item);
    assert.deepEqual([await queue.get(), await queue.get(), await queue.get()], [1, 2, 3]);
    const jobs = new PriorityQueue<[number, string]>({ compare: (a, b) => a[0] - b[0] });
    for (const name of ['a', 'b', 'c']) jobs.putNowait([1, name]);
    jobs.putNowait([0, 'first']);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => jobs.getNowait()[1]),
      ['first', 'a', 'b', 'c'],
    );
  });

  inRun('AIO-Q-004 put() waits when the queue is full', async () => {
    const queue = new Queue<number>({ maxSize: 2 });
    const putter = createTask(async () => {
      for (const item of [1, 2, 3]) await queue.put(item);
    });
    await settle();
    assert.deepEqual([queue.qsize(), putter.done()], [2, false]);
    assert.equal(await queue.get(), 1);
    await putter;
    assert.deepEqual([await queue.get(), await queue.get()], [2, 3]);
  });

  it('AIO-Q-005 without maxSize it is never full', () => {
    const unlimited = new Queue<number>();
    unlimited.putNowait(1);
    const one = new Queue<number>({ maxSize: 1 });
    assert.deepEqual([unlimited.full(), one.full()], [false, false]);
    one.putNowait(1);
    assert.equal(one.full(), true);
    assert.throws(() => one.putNowait(2), QueueFullError);
  });

  it('AIO-Q-007 getNowait() of an empty queue is a QueueEmptyError', () => {
    assert.throws(() => new Queue().getNowait(), QueueEmptyError);
  });

  inRun('AIO-Q-009 a waiting get has the item that is put later', async () => {
    const queue = new Queue<number>();
    const getter = createTask(() => queue.get());
    await settle();
    await queue.put(1);
    assert.equal(await getter, 1);
  });

  inRun('AIO-Q-010 a waiting put completes when a get makes room', async () => {
    const queue = new Queue<number>({ maxSize: 1 });
    const putter = createTask(async () => {
      await queue.put(1);
      await queue.put(2);
    });
    await settle();
    assert.equal(putter.done(), false);
    assert.equal(queue.getNowait(), 1);
    await putter;
    assert.equal(queue.getNowait(), 2);
  });

  inRun('AIO-Q-011 waiting puts are served in order', async () => {
    const queue = new Queue<string>({ maxSize: 1 });
    const putters = ['a', 'b'].map((item) => createTask(() => queue.put(item)));
    await settle();
    assert.deepEqual([await queue.get(), await queue.get()], ['a', 'b']);
    await Promise.all(putters);
  });

  inRun('AIO-Q-012 the first of two waiting gets is cancelled: the second has the item', async () => {
    for (const order of ['cancel, put', 'put, cancel', 'await put, cancel']) {
      const queue = new Queue<number>();
      const [first, second] = [createTask(() => queue.get()), createTask(() => queue.get())];
      await settle();
      if (order === 'cancel, put') first.cancel();
      if (order === 'await put, cancel') await queue.put(1);
      else queue.putNowait(1);
      if (order !== 'cancel, put') first.cancel();
      await assert.rejects(first.result(), isCancelled(), order);
      assert.equal(await second, 1, order);
    }
  });

  inRun('AIO-Q-014 three gets, two items, the first get cancelled', async () => {
    const queue = new Queue<number>();
    const getters = [1, 2, 3].map(() => createTask(() => queue.get()));
    await settle();
    queue.putNowait(1);
    queue.putNowait(2);
    getters[0]?.cancel();
    await settle();
    assert.deepEqual(
      getters.map((getter) => (getter.cancelled() ? 'cancelled' : getter.resultNow())),
      ['cancelled', 1, 2],
    );
  });

  inRun('AIO-Q-015 a put that was woken and then cancelled put nothing', async () => {
    const queue = new Queue<number>({ maxSize: 1 });
    queue.putNowait(1);
    const putter = createTask(() => queue.put(2));
    await settle();
    assert.equal(queue.getNowait(), 1);
    putter.cancel();
    await assert.rejects(putter.result(), isCancelled());
    assert.equal(queue.qsize(), 0);
    await queue.put(2);
    assert.deepEqual([queue.getNowait(), queue.qsize()], [2, 0]);
  });

  inRun('AIO-Q-016 the last of three waiting puts is cancelled', async () => {
    const queue = new Queue<string>({ maxSize: 1 });
    queue.putNowait('first');
    const [a, b, c] = ['a', 'b', 'c'].map((item) => createTask(() => queue.put(item)));
    await settle();
    c?.cancel();
    const items = [await queue.get(), await queue.get(), await queue.get()];
    await settle();
    assert.deepEqual([items, queue.qsize()], [['first', 'a', 'b'], 0]);
    await Promise.all([a, b]);
  });

  inTime('AIO-Q-017 a get that times out leaves nothing behind', async () => {
    const queue = new Queue<number>();
    await assert.rejects(
      waitFor(() => queue.get(), 100),
      TimeoutError,
    );
    await assert.rejects(queue.get({ timeout: 100 }), TimeoutError);
    assert.equal(queue.statistics().waitingGets, 0);
  });

  inRun('AIO-Q-019 a put that getNowait() has woken, then cancelled, is a plain CancelledError', async () => {
    const queue = new Queue<number>({ maxSize: 1 });
    queue.putNowait(1);
    const putter = createTask(() => queue.put(1));
    await settle();
    queue.getNowait();
    queue.putNowait(3);
    putter.cancel();
    await assert.rejects(putter.result(), isCancelled());
    assert.equal(queue.getNowait(), 3);
  });

  inRun('AIO-Q-020 producer and consumer over a queue of one', async () => {
    const queue = new Queue<number>({ maxSize: 1 });
    const seen: number[] = [];
    await gather([
      async () => {
        for (let item = 0; item < 50; item++) await queue.put(item);
      },
      async () => {
        for (let item = 0; item < 50; item++) seen.push(await queue.get());
      },
    ]);
    assert.deepEqual(
      seen,
      Array.from({ length: 50 }, (_, item) => item),
    );
  });

  inRun('AIO-Q-021 four puts over a queue of two all finish', async () => {
    const queue = new Queue<number>({ maxSize: 2 });
    const putters = [1, 2, 3, 4].map((item) => createTask(() => queue.put(item)));
    await settle();
    const seen: number[] = [];
    for (let count = 0; count < 4; count++) seen.push(await queue.get());
    await Promise.all(putters);
    assert.deepEqual(seen, [1, 2, 3, 4]);
  });

  it('AIO-Q-022 taskDone() once too often is an InvalidStateError', () => {
    assert.throws(() => new Queue().taskDone(), InvalidStateError);
    assert.throws(() => new Queue().taskDone(), /called too many times/);
  });

  inRun('join() ends when every item is dealt with', async () => {
    const queue = new Queue<number>();
    for (let item = 0; item < 10; item++) queue.putNowait(item);
    let sum = 0;
    const workers = [1, 2].map(() =>
      createTask(async () => {
        for await (const item of queue) {
          sum += item;
          await sleep(0);
          queue.taskDone();
        }
      }),
    );
    await queue.join();
    assert.equal(sum, 45);
    queue.shutdown();
    await Promise.all(workers);
  });

  inRun('AIO-Q-024 join() of a queue without items ends at once, twice', async () => {
    const queue = new Queue();
    await queue.join();
    await queue.join();
  });

  inRun('AIO-Q-025 inspect() shows what is in it and who waits', async () => {
    const queue = new Queue<number>({ maxSize: 1 });
    const getter = createTask(() => queue.get());
    await settle();
    assert.equal(inspect(queue), 'Queue { maxSize: 1, getters: 1 }');
    queue.putNowait(1);
    await getter;
    queue.putNowait(2);
    const putter = createTask(() => queue.put(3));
    await settle();
    assert.equal(inspect(queue), 'Queue { maxSize: 1, items: [ 2 ], putters: 1, unfinished: 2 }');
    queue.getNowait();
    await putter;
  });

  inRun('a waiting get is not overtaken by one that comes later', async () => {
    const queue = new Queue<number>();
    const waiting = createTask(() => queue.get());
    await settle();
    queue.putNowait(1);
    const later = createTask(() => queue.get());
    queue.putNowait(2);
    assert.deepEqual([await waiting, await later], [1, 2]);
  });

  inRun('an item that getNowait() snatches is not given twice; the waiter goes on waiting', async () => {
    const queue = new Queue<number>();
    const waiting = createTask(() => queue.get());
    await settle();
    queue.putNowait(1);
    assert.equal(queue.getNowait(), 1);
    await settle();
    assert.equal(waiting.done(), false);
    queue.putNowait(2);
    assert.equal(await waiting, 2);
  });
});
