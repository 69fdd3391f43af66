import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Limiter } from '#offloop/cli/limiter.js';

describe('Limiter', () => {
  it('lets a bounded number through, in the order they came', async () => {
    const limiter = new Limiter(2);
    const order: number[] = [];
    const gates: (() => void)[] = [];
    const enter = (id: number): Promise<void> =>
      limiter.run(() => {
        order.push(id);
        return new Promise((resolve) => gates.push(resolve));
      });
    const all = [1, 2, 3, 4].map(enter);
    await Promise.resolve();
    assert.deepEqual(order, [1, 2]);
    gates.shift()?.();
    await all[0];
    await Promise.resolve();
    assert.deepEqual(order, [1, 2, 3]);
    while (gates.length > 0) {
      gates.shift()?.();
      await new Promise(setImmediate);
    }
    await Promise.all(all);
    assert.deepEqual(order, [1, 2, 3, 4]);
  });

  it('gives its place back when the work fails', async () => {
    const limiter = new Limiter(1);
    await assert.rejects(
      limiter.run(() => Promise.reject(new TypeError('x'))),
      TypeError,
    );
    assert.equal(await limiter.run(() => Promise.resolve(7)), 7);
  });
});
