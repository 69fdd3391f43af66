/** What is kept for long does not keep what once waited for it. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import {
  asCompleted,
  Future,
  moveOnAfter,
  shield,
  sleep,
  suppressedErrors,
  taskGroup,
  wait,
  type FutureIterable,
} from 'offloop';
import { inRun } from '../../conformance/python/support.js';

type FutureListener = Parameters<Future['watch']>[0];

/** A future that counts who listens to it. */
class Watched extends Future<number> {
  readonly listeners: FutureListener[] = [];

  override watch(listener: FutureListener): void {
    this.listeners.push(listener);
    super.watch(listener);
  }

  override unlisten(listener: FutureListener): void {
    const index = this.listeners.indexOf(listener);
    if (index !== -1) this.listeners.splice(index, 1);
    super.unlisten(listener);
  }
}

const take = async (iterable: FutureIterable<Future>): Promise<Future | undefined> => {
  for await (const future of iterable as unknown as AsyncIterable<Future>) return future;
  return undefined;
};

describe('a future that goes on', () => {
  inRun('keeps one listener for all shields that were cancelled, none for those that timed out', async () => {
    const future = new Watched();
    for (let round = 0; round < 3; round++) {
      await assert.rejects(shield(future, { timeout: 0 }).result(), { name: 'TimeoutError' });
    }
    assert.deepEqual(future.listeners, []);
    for (let round = 0; round < 3; round++) await moveOnAfter(0, () => shield(future));
    assert.equal(future.listeners.length, 1);
  });

  inRun('keeps no loop over asCompleted() that was left, cancelled or out of time', async () => {
    const future = new Watched();
    const done = new Future();
    done.setResult(1);
    await take(asCompleted([future, done]));
    assert.deepEqual(future.listeners, [], 'left');
    await assert.rejects(take(asCompleted([future], { timeout: 0 })), { name: 'TimeoutError' });
    await assert.rejects(take(asCompleted([future], { timeout: 1 })), { name: 'TimeoutError' });
    assert.deepEqual(future.listeners, [], 'out of time');
    await moveOnAfter(0, () => take(asCompleted([future])));
    assert.deepEqual(future.listeners, [], 'cancelled');
    const shared = asCompleted([future]);
    const next = shared[Symbol.asyncIterator]().next();
    await shared[Symbol.asyncIterator]().return();
    future.setResult(1);
    assert.equal((await next).value, future, 'another loop over the same still waited');
  });

  inRun('keeps no wait() that has ended', async () => {
    const [future, done] = [new Watched(), new Watched()];
    done.setResult(1);
    await wait([future, done], { returnWhen: 'firstCompleted' });
    await wait([future], { timeout: 0 });
    await moveOnAfter(0, () => wait([future]));
    assert.deepEqual(future.listeners, []);
  });
});

describe('an error that is thrown again and again', () => {
  inRun('keeps the others once each, and not itself', async () => {
    const [cached, other] = [new Error('cached'), new Error('other')];
    const fail = (error: Error) => async () => {
      await sleep(0);
      throw error;
    };
    for (let round = 0; round < 3; round++) {
      const group = taskGroup(async (tg) => {
        for (const error of [cached, cached, other]) tg.createTask(fail(error));
      });
      await assert.rejects(group, cached);
    }
    assert.deepEqual(suppressedErrors(cached), [other]);
  });
});
