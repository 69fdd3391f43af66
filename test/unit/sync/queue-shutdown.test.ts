import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { createTask, gather, LifoQueue, PriorityQueue, Queue, QueueShutDownError, sleep, type Task } from 'offloop';
import { Random } from '../../fixtures/random.ts';
import { inRun, settle } from '../../conformance/python/support.ts';

const KINDS = {
  Queue: (maxSize: number) => new Queue<number>({ maxSize }),
  LifoQueue: (maxSize: number) => new LifoQueue<number>({ maxSize }),
  PriorityQueue: (maxSize: number) => new PriorityQueue<number>({ maxSize }),
};

/** How many ended with the queue's error; anything else but a value is none of its business. */
function shutOut(tasks: readonly Task[]): number {
  return tasks.filter((task) => task.hasException() && task.exceptionNow() instanceof QueueShutDownError).length;
}

for (const [name, make] of Object.entries(KINDS)) {
  describe(`shutdown({ immediate: true }) of a ${name}`, () => {
    inRun('sends waiting getters away, lets join() go, and stays shut', async () => {
      const queue = make(0);
      const getters = [1, 2, 3].map(() => createTask(() => queue.get()));
      const joiner = createTask(() => queue.join());
      await settle();
      assert.equal(queue.statistics().waitingGets, 3);
      queue.shutdown({ immediate: true });
      await gather(getters, { returnExceptions: true });
      assert.equal(shutOut(getters), 3);
      await joiner;
      await assert.rejects(queue.get(), QueueShutDownError);
      await assert.rejects(queue.put(1), QueueShutDownError);
      assert.throws(() => queue.getNowait(), QueueShutDownError);
      assert.throws(() => queue.putNowait(1), QueueShutDownError);
      queue.shutdown({ immediate: true });
      queue.shutdown();
      await queue.join();
    });

    inRun('sends waiting putters away, drops what is in it, and what they brought never was in it', async () => {
      const queue = make(2);
      queue.putNowait(1);
      queue.putNowait(2);
      const putters = [3, 4, 5].map((item) => createTask(() => queue.put(item)));
      const joiner = createTask(() => queue.join());
      await settle();
      assert.deepEqual([queue.statistics().waitingPuts, joiner.done()], [3, false]);
      queue.shutdown({ immediate: true });
      await gather(putters, { returnExceptions: true });
      await joiner;
      const { size, unfinished, waitingPuts, shutDown } = queue.statistics();
      assert.deepEqual([shutOut(putters), size, unfinished, waitingPuts, shutDown], [3, 0, 0, 0, true]);
      assert.throws(() => queue.taskDone(), /too many times/);
    });

    inRun('join() still waits for what was taken before', async () => {
      const queue = make(0);
      for (const item of [1, 2, 3]) queue.putNowait(item);
      await queue.get();
      const joiner = createTask(() => queue.join());
      queue.shutdown({ immediate: true });
      await settle();
      assert.deepEqual([joiner.done(), queue.statistics().unfinished], [false, 1]);
      queue.taskDone();
      await joiner;
    });

    inRun('in the same go as a put: the getter that was granted the item is told, nobody has it', async () => {
      const queue = make(0);
      const getter = createTask(() => queue.get());
      await settle();
      queue.putNowait(1);
      queue.shutdown({ immediate: true });
      await assert.rejects(getter.result(), QueueShutDownError);
      await queue.join();
      assert.deepEqual([queue.qsize(), queue.statistics().unfinished], [0, 0]);
    });

    inRun('in the same go as a get: the putter that was granted the room is told, its item is not in it', async () => {
      const queue = make(1);
      queue.putNowait(1);
      const putter = createTask(() => queue.put(2));
      await settle();
      assert.equal(queue.getNowait(), 1);
      queue.shutdown({ immediate: true });
      await assert.rejects(putter.result(), QueueShutDownError);
      assert.deepEqual([queue.qsize(), queue.statistics().unfinished], [0, 1]);
      queue.taskDone();
      await queue.join();
    });

    inRun('after an orderly shutdown() drops what was still to be taken', async () => {
      const queue = make(0);
      for (const item of [1, 2]) queue.putNowait(item);
      queue.shutdown();
      assert.equal(queue.qsize(), 2);
      const joiner = createTask(() => queue.join());
      await settle();
      queue.shutdown({ immediate: true });
      await joiner;
      await assert.rejects(queue.get(), QueueShutDownError);
    });

    inRun('ends an iteration that waits', async () => {
      const queue = make(0);
      const seen: number[] = [];
      const reader = createTask(async () => {
        for await (const item of queue) seen.push(item);
        return 'ended';
      });
      queue.putNowait(1);
      await settle();
      queue.shutdown({ immediate: true });
      assert.deepEqual([await reader, seen], ['ended', [1]]);
    });

    inRun('whenever it comes, everyone ends and every item is counted once', async () => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const random = new Random(seed);
      for (let round = 0; round < 300; round++) {
        const queue = make(random.below(3));
        const put: number[] = [];
        const got: number[] = [];
        const pause = async (): Promise<void> => {
          for (let turns = random.below(3); turns > 0; turns--) await (random.chance(0.5) ? sleep(0) : undefined);
        };
        const putters = [1, 2, 3, 4].map((item) =>
          createTask(async () => {
            await pause();
            await queue.put(item);
            put.push(item);
          }),
        );
        const getters = [1, 2, 3].map(() =>
          createTask(async () => {
            await pause();
            got.push(await queue.get());
          }),
        );
        const tasks = [...putters, ...getters];
        await pause();
        if (random.chance(0.5)) random.pick(tasks).cancel();
        if (random.chance(0.5)) await pause();
        queue.shutdown({ immediate: true });
        await gather(tasks, { returnExceptions: true });
        const where = `seed ${seed}, round ${round}`;
        const unexpected = tasks.filter((task) => task.hasException() && shutOut([task]) === 0);
        assert.deepEqual(unexpected, [], where);
        assert.equal(new Set(got).size, got.length, where);
        assert.ok(
          got.every((item) => put.includes(item)),
          where,
        );
        const { size, unfinished, waitingGets, waitingPuts } = queue.statistics();
        assert.deepEqual([size, unfinished, waitingGets, waitingPuts], [0, got.length, 0, 0], where);
        for (const _ of got) queue.taskDone();
        await queue.join();
      }
    });
  });
}
