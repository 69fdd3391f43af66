import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { createTask, gather, Queue, QueueShutDownError, type Task } from 'offloop';
import { inRun, isCancelled, settle } from '../../conformance/python/support.ts';

const outcomes = (tasks: readonly Task[]): Promise<unknown[]> => gather(tasks, { returnExceptions: true });

describe('a queue from which others take without waiting', () => {
  inRun('still serves the gets that wait in the order they came', async () => {
    const queue = new Queue<string>();
    const getters = [1, 2, 3].map(() => createTask(() => queue.get()));
    await settle();
    for (const item of ['stolen', 'stolen', 'stolen']) queue.putNowait(item);
    for (let left = 3; left > 0; left--) queue.getNowait();
    await settle();
    assert.equal(queue.statistics().waitingGets, 3);
    for (const item of ['a', 'b', 'c']) {
      queue.putNowait(item);
      await settle(1);
    }
    assert.deepEqual(await gather(getters), ['a', 'b', 'c']);
  });

  inRun('still serves the puts that wait in the order they came', async () => {
    const queue = new Queue<string>({ maxSize: 2 });
    for (const item of ['x', 'y']) queue.putNowait(item);
    const putters = ['a', 'b', 'c'].map((item) => createTask(() => queue.put(item)));
    await settle();
    for (const item of ['s', 't']) {
      queue.getNowait();
      queue.putNowait(item);
    }
    await settle();
    assert.equal(queue.statistics().waitingPuts, 3);
    const taken: string[] = [];
    for (let left = 5; left > 0; left--) {
      taken.push(queue.getNowait());
      await settle(1);
    }
    assert.deepEqual(taken, ['s', 't', 'a', 'b', 'c']);
    await gather(putters);
  });

  inRun('gives what comes in the same go to the first who waits', async () => {
    const queue = new Queue<string>();
    const getters = [1, 2, 3].map(() => createTask(() => queue.get()));
    await settle();
    for (let round = 0; round < 100; round++) {
      queue.putNowait('stolen');
      queue.putNowait('stolen');
      queue.getNowait();
      queue.getNowait();
    }
    queue.putNowait('a');
    await settle();
    assert.deepEqual(
      getters.map((task) => task.done()),
      [true, false, false],
    );
    getters[1]?.cancel();
    queue.putNowait('b');
    assert.equal(await getters[2], 'b');
  });
});

describe('shutdown() after a put in the same go', () => {
  inRun('the item goes to the next who waits when the one it was for is cancelled', async () => {
    const queue = new Queue<string>();
    const getters = [1, 2, 3].map(() => createTask(() => queue.get()));
    await settle();
    queue.putNowait('item');
    queue.shutdown();
    getters[0]?.cancel();
    const [first, second, third] = await outcomes(getters);
    assert.ok(isCancelled()(first));
    assert.equal(second, 'item');
    assert.ok(third instanceof QueueShutDownError);
    queue.taskDone();
    await queue.join();
  });

  inRun('and to one who comes only now', async () => {
    const queue = new Queue<string>();
    const first = createTask(() => queue.get());
    await settle();
    queue.putNowait('item');
    queue.shutdown();
    const late = queue.get();
    const iterated = queue[Symbol.asyncIterator]().next();
    first.cancel();
    assert.equal(await late, 'item');
    assert.deepEqual(await iterated, { done: true, value: undefined });
    await assert.rejects(queue.get(), QueueShutDownError);
  });
});
