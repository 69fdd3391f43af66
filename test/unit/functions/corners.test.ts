import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CaptureError } from 'offloop';
import { Remote } from '../../fixtures/functions/remote.js';

const offset = 10;
class Registry {
  static all: number[] = [];
  static limit = 1;
  static readonly twice = (x: number): number => x * 2;
  static {
    Registry.all.push(offset);
  }
  static count(): number {
    return Registry.all.length;
  }
}
class Counter {
  static #made = 0;
  static next(): number {
    return (Counter.#made += 1);
  }
}

describe('corners of slices', () => {
  let remote: Remote;
  before(() => (remote = new Remote()));
  after(() => remote[Symbol.asyncDispose]());
  const call: Remote['call'] = (fn, ...args) => remote.call(fn, ...args);

  it('static fields have the values they have now; static blocks do not run again', async () => {
    const read = (): unknown => [Registry.all, Registry.limit, Registry.count(), Registry.twice(2)];
    assert.deepEqual(await call(read), [[10], 1, 1, 4]);
    Registry.all.push(99);
    Registry.limit = 5;
    assert.deepEqual(await call(read), [[10, 99], 5, 2, 4]);
  });

  it('private static state cannot be read, so it is refused', async () => {
    await assert.rejects(async () => call(() => Counter.next()), /private static state \(#made\)/);
  });

  it('a function can use the one it stands in', async () => {
    const step = 3;
    const inner = function recurse(n: number): unknown {
      const local = offset + n;
      return n === 0 ? `end ${step}` : (): unknown => [recurse(0), local];
    };
    assert.deepEqual(await call(inner(2) as () => unknown), ['end 3', 12]);
    class Own {
      static readonly value = 4;
      static reader(): () => number {
        return () => Own.value + offset;
      }
    }
    assert.equal(await call(Own.reader()), 14);
  });

  it('modules loaded by await import() in a function are loaded again', async () => {
    const shapes = await import('../../fixtures/functions/shapes.js');
    const { triple } = await import('../../fixtures/functions/shapes.js');
    assert.deepEqual(await call(() => [shapes.triple(2), triple(3)]), [6, 9]);
  });

  it('parameters with defaults that are functions keep their own scope', async () => {
    const run = (a: number, read = (): number => a + offset): unknown => {
      const b = 5;
      return call(() => read() + a + b);
    };
    assert.equal(await run(1), 17);
  });

  it('a loop gives each closure the variable as it is at submit', async () => {
    const seen: unknown[] = [];
    for (let i = 0; i < 6; i += 1) {
      const read = (): number => i;
      i += 1;
      seen.push(await call(read));
    }
    assert.deepEqual(seen, [1, 3, 5]);
  });

  it('functions in captured objects see their object, in circles and maps as well', async () => {
    const ring: { n: number; next?: unknown; read(): number } = {
      n: 1,
      read() {
        return this.n + offset;
      },
    };
    ring.next = ring;
    const map = new Map<string, unknown>([
      ['f', (x: number): number => x + offset],
      ['n', 5],
    ]);
    const result = await call(() => [
      ring.read(),
      ring.next === ring,
      (map.get('f') as (x: number) => number)(1),
      map.get('n'),
      map.size,
    ]);
    assert.deepEqual(result, [11, true, 11, 5, 2]);
  });

  it('destructured, caught and reassigned variables are captured', async () => {
    const {
      a,
      b: [c],
      ...rest
    } = { a: 1, b: [2], d: 4 };
    const run = (p: number): Promise<unknown> => {
      p += 1;
      return call(() => [a, c, rest, p]);
    };
    assert.deepEqual(await run(1), [1, 2, { d: 4 }, 2]);
    try {
      throw Object.assign(new Error('x'), { detail: 7 });
    } catch (error) {
      const { detail } = error as { detail: number };
      assert.deepEqual(await call(() => [detail, (error as Error).message]), [7, 'x']);
    }
  });

  it('comments and line breaks in odd places do not matter', async () => {
    const read = /* ( */ function /* ( */ foo(/* b */ x: number /* c */): /* d */ number {
      return x + offset; /* ) */
    };
    assert.equal(await call(read, 1), 11);
  });

  it('names of the machinery can be names of the program', async () => {
    const $o = 1;
    const $om = 2;
    const $oor = 3;
    assert.equal(await call(() => $o + $om + $oor), 6);
  });

  it('an arrow field that uses its instance is refused, not detached from it', async () => {
    class Reader {
      x = 3;
      read = (): number => this.x;
    }
    const reader = new Reader();
    await assert.rejects(
      async () => call(() => reader.read()),
      (error: Error) => error instanceof CaptureError && /`this`/.test(error.message),
    );
  });
});
