import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { describeFunction } from '#offloop/functions/describe.js';
import { Remote } from '../../fixtures/functions/remote.js';
import { Vector } from '../../fixtures/functions/shapes.js';

const offset = 3;
const counter = {
  count: 2,
  scale: (x: number): number => x * offset,
  add(this: { count: number; scale(x: number): number }, x: number, y = 0): number {
    this.count += 1;
    return this.scale(x + y) + this.count;
  },
};
function inspectThis(this: unknown, ...rest: unknown[]): unknown[] {
  return [this, ...rest];
}

describe('a function that bind made', () => {
  let remote: Remote;
  before(() => {
    remote = new Remote();
  });
  after(() => remote[Symbol.asyncDispose]());

  it('is called with its this and its arguments, as they are at submit', async () => {
    const bound = counter.add.bind(counter, 10);
    assert.equal(await remote.call(bound, 1), 36);
    assert.equal(await remote.call(bound, 1), 36);
    counter.count = 100;
    assert.equal(await remote.call(bound, 1), 134);
    assert.equal(counter.count, 100);
  });

  it('holds values of any kind', async () => {
    for (const self of [undefined, null, 1, -0, NaN, 10n, 'text', true, { a: 1 }, [1, [2]], new Map([[1, 2]])])
      assert.deepEqual(await remote.call(inspectThis.bind(self, self, -0, 5n)), [self, self, -0, 5n]);
  });

  it('may be bound again, to an instance, to a function of the language, or captured', async () => {
    assert.deepEqual(await remote.call(inspectThis.bind(1, 2).bind(3, 4), 5), [1, 2, 4, 5]);
    const vector = new Vector(4);
    assert.equal(await remote.call(vector.doubled.bind(vector)), 8);
    assert.equal(await remote.call(Math.max.bind(null, 3), 1, 2), 3);
    const held = inspectThis.bind('held');
    assert.deepEqual(await remote.call(() => held(1)), ['held', 1]);
  });

  it('keeps its name, and goes as a closure when what it holds cannot change', async () => {
    const bound = inspectThis.bind('x', 1);
    assert.equal(describeFunction(bound).definition.name, 'bound inspectThis');
    assert.equal(describeFunction(bound).definition.kind, 'closure');
    assert.deepEqual(await remote.call(bound), ['x', 1]);
  });
});
