import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { describeFunction } from '#offloop/functions/describe.js';
import { isInspectorOpen, releaseInspector } from '#offloop/functions/inspector.js';
import { Remote } from '../../fixtures/functions/remote.js';

const CLOSURES = 10_000;
const offset = 3;
const make = (n: number) => {
  const text = `closure ${n}`;
  return (x: number): number => x + n + offset + text.length;
};

function heapAfterCollection(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

describe('what shipping functions leaves behind', () => {
  it('nothing: ten thousand fresh closures leave both heaps where they were', { timeout: 120_000 }, async () => {
    await using remote = new Remote();
    const workerHeap = (): number => {
      globalThis.gc?.();
      globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    };
    for (let n = 0; n < 1000; n += 1) assert.equal(await remote.call(make(n), 1), 4 + n + `closure ${n}`.length);
    const before = [heapAfterCollection(), (await remote.call(workerHeap)) as number] as const;
    for (let n = 0; n < CLOSURES; n += 1) await remote.call(make(n), 1);
    const growth = [heapAfterCollection() - before[0], ((await remote.call(workerHeap)) as number) - before[1]];
    // A hundred bytes a closure would be a megabyte.
    assert.ok(Math.max(...growth) < 900_000, `grew by ${growth.join(' and ')} bytes`);
  });

  it('nothing: a thousand functions made from text leave the parent where it was', async () => {
    // oxlint-disable-next-line typescript/no-implied-eval
    const fresh = (n: number): Function => new Function('x', `const k = ${n}; return () => x + k;`)(n) as Function;
    const ship = async (from: number, to: number): Promise<number> => {
      for (let n = from; n < to; n += 1) {
        describeFunction(fresh(n));
        // Syntax trees are held weakly, and what a WeakRef was asked for lives until the turn ends.
        if (n % 50 === 0) await setImmediate();
      }
      return heapAfterCollection();
    };
    const before = await ship(0, 1200);
    const growth = (await ship(1200, 2200)) - before;
    assert.ok(growth < 1_500_000, `grew by ${growth} bytes`);
  });

  it('no inspector session that was not needed, none after release, and a new one when needed again', () => {
    releaseInspector();
    describeFunction((x: number) => x + 1);
    describeFunction((x: number) => x + 2);
    assert.equal(isInspectorOpen(), false);
    let counter = 1;
    const read = (): number => counter;
    assert.deepEqual(describeFunction(read).captured, [1]);
    assert.equal(isInspectorOpen(), true);
    releaseInspector();
    releaseInspector();
    assert.equal(isInspectorOpen(), false);
    counter = 2;
    assert.deepEqual(describeFunction(read).captured, [2]);
    releaseInspector();
  });

  it('nothing on globalThis', () => {
    const before = Reflect.ownKeys(globalThis);
    const local = { x: 1 };
    describeFunction(() => local.x);
    assert.deepEqual(Reflect.ownKeys(globalThis), before);
  });
});
