import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { createTask, gather, InvalidOptionError, Lock, PriorityQueue } from 'offloop';
import { inRun, settle } from '../../conformance/python/support.ts';

interface Item {
  readonly rank: number;
  readonly bad?: boolean;
}

const compare = (a: Item, b: Item): number => {
  if (a.bad === true || b.bad === true) throw new RangeError('cannot compare');
  return a.rank - b.rank;
};
const bad: Item = { rank: 0, bad: true };
const cannotCompare = { name: 'RangeError', message: 'cannot compare' };

describe('a PriorityQueue whose comparison throws', () => {
  inRun('rejects the put that waited, and nobody else pays', async () => {
    const queue = new PriorityQueue<Item>({ maxSize: 2, compare });
    const lock = new Lock();
    const guard = await lock.acquire();
    for (const rank of [1, 2]) queue.putNowait({ rank });
    const refused = createTask(() => queue.put(bad));
    const next = createTask(() => queue.put({ rank: 3 }));
    const other = createTask(() => lock.acquire());
    await settle();
    queue.getNowait();
    guard.release();
    await assert.rejects(refused.result(), cannotCompare);
    await next;
    await other;
    assert.deepEqual([queue.getNowait().rank, queue.getNowait().rank], [2, 3]);
    assert.equal(queue.statistics().unfinished, 4 - 1);
  });

  inRun('rejects the get it was for, and the item stays', async () => {
    let broken = true;
    const queue = new PriorityQueue<number>({
      compare: (a, b) => {
        if (broken && a + b === 5) throw new RangeError('cannot compare');
        return a - b;
      },
    });
    const getters = [1, 2].map(() => createTask(() => queue.get()));
    await settle();
    // Taking the 1 compares the 2 with the 3.
    for (const item of [1, 2, 3, 4]) queue.putNowait(item);
    const [first, second] = await gather(getters, { returnExceptions: true });
    assert.deepEqual([first, second], [new RangeError('cannot compare'), new RangeError('cannot compare')]);
    await assert.rejects(queue.get(), cannotCompare);
    await assert.rejects(queue[Symbol.asyncIterator]().next(), cannotCompare);
    assert.throws(() => queue.getNowait(), cannotCompare);
    assert.match(inspect(queue), /items: \[ 1, 2, 3, 4 \]/);
    broken = false;
    assert.deepEqual(
      [1, 2, 3, 4].map(() => queue.getNowait()),
      [1, 2, 3, 4],
    );
  });

  inRun('is as it was, wherever it throws', async () => {
    for (let failing = 0; failing < 12; failing++) {
      let calls = -1;
      const queue = new PriorityQueue<number>({
        compare: (a, b) => {
          if (calls >= 0 && calls-- === 0) throw new RangeError('cannot compare');
          return a - b;
        },
      });
      const items = [5, 3, 8, 1, 9, 2, 7];
      for (const item of items) queue.putNowait(item);
      calls = failing;
      const rejected = await queue.put(0).then(
        () => false,
        () => true,
      );
      calls = failing;
      const taken: number[] = [];
      try {
        taken.push(queue.getNowait());
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
      calls = -1;
      assert.equal(queue.statistics().unfinished, rejected ? 7 : 8);
      while (!queue.empty()) taken.push(queue.getNowait());
      assert.deepEqual(taken, rejected ? [1, 2, 3, 5, 7, 8, 9] : [0, 1, 2, 3, 5, 7, 8, 9]);
    }
  });
});

describe('a PriorityQueue without compare', () => {
  const refused = (first: unknown, second: unknown): void => {
    const queue = new PriorityQueue<unknown>();
    queue.putNowait(first);
    assert.throws(
      () => queue.putNowait(second),
      (error) => error instanceof InvalidOptionError && /cannot order .* give it \{ compare/.test(error.message),
    );
    assert.deepEqual([queue.qsize(), queue.getNowait()], [1, first]);
  };

  it('refuses items that < cannot order', () => {
    refused({ priority: 2 }, { priority: 1 });
    refused(1, undefined);
    refused(Number.NaN, 1);
    refused('high', 1);
    refused([{ priority: 2 }], [{ priority: 1 }]);
    refused(() => 2, Number.NaN);
  });

  it('orders whatever < orders, and equal ones as they came', () => {
    const order = <T>(...items: T[]): T[] => {
      const queue = new PriorityQueue<T>();
      for (const item of items) queue.putNowait(item);
      return items.map(() => queue.getNowait());
    };
    const [early, late, same] = [new Date(1), new Date(2), new Date(1)];
    assert.deepEqual(order(late, early, same), [early, early, late]);
    assert.deepEqual(order<unknown>(3n, 1, 2, 1n), [1, 1n, 2, 3n]);
    const job = (name: string): { name: string } => ({ name });
    const jobs = [1, 0, 1, 0].map((priority, index): [number, object] => [priority, job(`${index}`)]);
    assert.deepEqual(order(...jobs), [jobs[1], jobs[3], jobs[0], jobs[2]]);
    const version = (major: number): object => ({ major, valueOf: () => major });
    const versions = [version(2), version(1), version(1)];
    assert.deepEqual(
      order(...versions).map((each) => versions.indexOf(each)),
      [1, 2, 0],
    );
  });
});
