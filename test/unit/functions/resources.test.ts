import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { ThreadPoolExecutor } from '#offloop/index.js';
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

/** How much the heaps here and in the pool's worker grow while `count` functions are sent. */
async function growthOf(
  pool: ThreadPoolExecutor,
  ship: (n: number) => Promise<void>,
  { warmUp, count }: { warmUp: number; count: number },
): Promise<readonly number[]> {
  const workerHeap = (): number => {
    globalThis.gc?.();
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const heaps = async (from: number, to: number): Promise<readonly [number, number]> => {
    for (let n = from; n < to; n += 1) {
      await ship(n);
      // Node tells what was collected in a later turn of the loop.
      if (n % 500 === 0) await setImmediate(globalThis.gc?.());
    }
    return [heapAfterCollection(), await pool.submit(workerHeap)];
  };
  const [here, there] = await heaps(1, warmUp);
  const [hereThen, thereThen] = await heaps(warmUp, warmUp + count);
  return [hereThen - here, thereThen - there];
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

  it('nothing: closures that workers keep go when they are gone here', { timeout: 120_000 }, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const ship = async (n: number): Promise<void> => {
      const closure = make(n);
      // The second time it has a definition of its own, which the worker keeps.
      await pool.submit(closure, 1);
      await pool.submit(closure, 1);
    };
    const growth = await growthOf(pool, ship, { warmUp: 3000, count: CLOSURES });
    assert.ok(Math.max(...growth) < 1_500_000, `grew by ${growth.join(' and ')} bytes`);
  });

  it('nothing: code made from text goes, sent alone or captured', { timeout: 120_000 }, async () => {
    // V8 keeps what it compiled until memory gets short.
    setFlagsFromString('--no-compilation-cache');
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const fromText = (n: number): (() => number) =>
      // oxlint-disable-next-line typescript/no-implied-eval
      new Function(`return ${n}; // ${'x'.repeat(2000)}`) as () => number;
    const ship = async (n: number): Promise<void> => {
      const [alone, captured] = [fromText(n), fromText(-n)];
      assert.equal(await pool.submit(alone), n);
      assert.equal(await pool.submit(() => captured()), -n);
    };
    const growth = await growthOf(pool, ship, { warmUp: 600, count: 3000 });
    // Kept, it would be 6 MB and more for each of the two.
    assert.ok(Math.max(...growth) < 4_000_000, `grew by ${growth.join(' and ')} bytes`);
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

  it('no inspector session after a pool has shut down, however it did', async () => {
    let counter = 1;
    const read = (): number => counter;
    for (const end of ['shutdown', 'terminate'] as const) {
      const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
      counter += 1;
      assert.equal(await pool.submit(read), counter);
      describeFunction(read);
      assert.equal(isInspectorOpen(), true);
      await pool[end]();
      assert.equal(isInspectorOpen(), false, end);
    }
  });

  it('nothing on globalThis', () => {
    const before = Reflect.ownKeys(globalThis);
    const local = { x: 1 };
    describeFunction(() => local.x);
    assert.deepEqual(Reflect.ownKeys(globalThis), before);
  });
});
