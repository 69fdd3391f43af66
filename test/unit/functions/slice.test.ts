import assert from 'node:assert/strict';
import { basename } from 'node:path';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';
import fallback, { adder, limits, prepare, ready, triple, Vector } from '../../fixtures/functions/shapes.js';
import * as shapes from '../../fixtures/functions/shapes.js';
import { Remote, RemoteFailure } from '../../fixtures/functions/remote.js';

const offset = 10;
let counter = 1;
let status = 'cold';
const table = { rows: [1, 2, 3], nested: new Map([['a', new Date(0)]]) };
const memory = new WeakMap<object, number>();
const mark = Symbol('mark');
const operations = { add: (a: number, b: number): number => a + b + offset, list: [(x: number): number => x * offset] };
const pattern = /b(.)/g;
const scale = (x: number): number => twice(x) + 1;
function twice(x: number): number {
  return x * 2;
}
function even(n: number): boolean {
  return n === 0 || odd(n - 1);
}
function odd(n: number): boolean {
  return n !== 0 && even(n - 1);
}
function warm(text: string): void {
  status = text;
}
function readStatus(): string {
  return status;
}

class Animal {
  readonly #secret = 5;
  static made = 0;
  readonly name: string;
  constructor(name: string) {
    this.name = name;
    Animal.made += 1;
  }
  static of(name: string): Animal {
    return new Animal(name);
  }
  get secret(): number {
    return this.#secret;
  }
  speak(): string {
    return `${this.name} speaks`;
  }
}
class Dog extends Animal {
  override speak(): string {
    return `${super.speak()}: wuff`;
  }
}
class Plain {
  readonly size: number;
  constructor(size: number) {
    this.size = size;
  }
  area(): number {
    return this.size ** 2;
  }
}
class Cube extends Plain {
  override area(): number {
    return super.area() * 6;
  }
}
const cube = new Cube(2);

describe('a function cut out of its script', () => {
  let remote: Remote;
  before(() => (remote = new Remote()));
  after(() => remote[Symbol.asyncDispose]());
  const call: Remote['call'] = (fn, ...args) => remote.call(fn, ...args);

  it('takes functions, constants and enclosing variables along', async () => {
    const local = 100;
    assert.equal(await call((x: number) => scale(x) + offset + local, 5), 121);
  });

  it('takes mutually recursive functions along', async () => {
    assert.deepEqual(await call(() => [even(10), odd(10)]), [true, false]);
  });

  it('reads a variable as it is at each submit', async () => {
    const read = (): number => counter;
    assert.equal(await call(read), 1);
    counter = 7;
    assert.equal(await call(read), 7);
    let local = 1;
    const readLocal = (): number => local;
    assert.equal(await call(readLocal), 1);
    local += 1;
    assert.equal(await call(readLocal), 2);
  });

  it('takes each closure of a loop with its own variables', async () => {
    const closures = [1, 2, 3].map((n) => (): number => n * offset);
    for (const [index, closure] of closures.entries()) assert.equal(await call(closure), (index + 1) * offset);
  });

  it('copies objects as they are at submit, identity among them included', async () => {
    const list = [1];
    const both = { list, same: list };
    const read = (): unknown => [both.list === both.same, both.list === list, list.length];
    assert.deepEqual(await call(read), [true, true, 1]);
    list.push(2);
    assert.deepEqual(await call(read), [true, true, 2]);
    assert.deepEqual(await call(() => [table.rows, table.nested.get('a')?.getTime()]), [[1, 2, 3], 0]);
  });

  it('shows one job nothing of what another did to its copies', async () => {
    const list: number[] = [];
    const push = (): number => list.push(1);
    assert.deepEqual([await call(push), await call(push), list.length], [1, 1, 0]);
  });

  it('CF-IPE-002 keeps in the worker what a function assigns to a variable of the script', async () => {
    assert.equal(await call(readStatus), 'cold');
    await call(warm, 'warm');
    assert.deepEqual([await call(readStatus), status], ['warm', 'cold']);
    status = 'hot';
    assert.equal(await call(readStatus), 'hot');
  });

  it('imports what it imports, as live as here', async () => {
    const result = await call(() => {
      const before = ready;
      prepare();
      return [before, ready, { ready }, triple(2), fallback(1), shapes.triple(3), limits.most, basename('/a/b')];
    });
    assert.deepEqual(result, [false, true, { ready: true }, 6, 101, 9, 12, 'b']);
    assert.equal(ready, false);
  });

  it('keeps the meaning of import.meta and import()', async () => {
    const result = await call(async () => {
      const inner = await import('../../fixtures/functions/shapes.js');
      return [
        import.meta.url,
        import.meta.filename,
        import.meta.dirname,
        import.meta.resolve('./x.js'),
        inner.triple(5),
      ];
    });
    const resolved = import.meta.resolve('./x.js');
    assert.deepEqual(result, [import.meta.url, import.meta.filename, import.meta.dirname, resolved, 15]);
  });

  it('takes classes along, with inheritance, super, private members and statics', async () => {
    const result = await call(() => [
      Animal.of('cat').speak(),
      new Dog('rex').speak(),
      new Dog('rex').secret,
      Animal.made,
    ]);
    assert.deepEqual(result, ['cat speaks', 'rex speaks: wuff', 5, 3]);
  });

  it('gives captured instances of its classes back their class', async () => {
    const vector = new Vector(4);
    const deep = { items: [cube] };
    const result = await call(() => [
      cube.area(),
      cube instanceof Cube,
      cube instanceof Plain,
      deep.items[0] === cube,
      vector.doubled(),
      vector instanceof Vector,
    ]);
    assert.deepEqual(result, [24, true, true, true, 8, true]);
  });

  it('sends captured functions, wherever they were made', async () => {
    const addFive = adder(5);
    const make = (n: number) => (x: number) => x * n;
    const byThree = make(3);
    const result = await call(() => [addFive(1), byThree(2), operations.add(1, 2), operations.list[0]?.(3)]);
    assert.deepEqual(result, [13, 6, 13, 30]);
  });

  it('takes builtins under their names', async () => {
    const { sqrt } = Math;
    const log = console;
    const join = path.join;
    assert.deepEqual(await call(() => [sqrt(16), typeof log.log, join('a', 'b'), path.sep]), [
      4,
      'function',
      'a/b',
      '/',
    ]);
    assert.equal(await call(Math.max, 1, 5, 3), 5);
    assert.equal(await call(basename, '/x/y.txt'), 'y.txt');
    assert.equal(await call(structuredClone as (x: unknown) => unknown, 5), 5);
  });

  it('makes values anew that cannot be copied and whose making has no effect', async () => {
    const result = await call(() => {
      const key = {};
      memory.set(key, 1);
      return [memory.get(key), typeof mark, 'abxbc'.replace(pattern, '[$1]')];
    });
    assert.deepEqual(result, [1, 'symbol', 'a[x][c]']);
  });

  it('keeps odd primitives as they are', async () => {
    const big = 2n ** 70n;
    const odd = [-0, Number.NaN, Infinity, undefined, null];
    const minusZero = -0;
    const text = 'a\u2028\n"`${';
    assert.deepEqual(await call(() => [big, odd, Object.is(minusZero, -0), text]), [big, odd, true, text]);
  });

  it('finds shadowed variables in their own scopes', async () => {
    const outerOffset = (): number => offset;
    {
      const offset = 1;
      const read = (counter: string) => (): unknown => [offset, outerOffset(), counter, scale(1)];
      assert.deepEqual(await call(read('parameter')), [1, 10, 'parameter', 3]);
    }
  });

  it('ships every form of function', async () => {
    const key = 'computed';
    const object = {
      method: (x: number): number => x + offset,
      plain(x: number): number {
        return x + offset;
      },
      async later(x: number): Promise<number> {
        return x + offset;
      },
      *items(): Generator<number> {
        yield offset;
      },
      [`${key}1`](x: number): number {
        return x + offset;
      },
      get getter(): number {
        return offset;
      },
    };
    const getter = Object.getOwnPropertyDescriptor(object, 'getter')?.get as () => number;
    assert.equal(await call(object.method, 1), 11);
    assert.equal(await call(object.plain, 1), 11);
    assert.equal(await call(object.later, 1), 11);
    assert.deepEqual(await call(object.items), [10]);
    assert.equal(await call((object as never as Record<string, (x: number) => number>)['computed1'] as never, 1), 11);
    assert.equal(await call(getter), 10);
    assert.equal(await call(Animal.of as never, 'x').then((animal) => (animal as Animal).name), 'x');
    assert.equal(
      await call(function named(n: number): number {
        return n < 2 ? offset : named(n - 1);
      }, 5),
      10,
    );
    assert.deepEqual(
      await call(function* () {
        yield offset;
        yield* [1, 2];
      }),
      [10, 1, 2],
    );
    assert.deepEqual(
      await call(async function* () {
        yield offset;
      }),
      [10],
    );
  });

  it('keeps names, defaults, rest, destructuring, labels and tagged templates', async () => {
    const tag = (parts: TemplateStringsArray, ...values: unknown[]): string => parts.raw.join('|') + values.join();
    const result = await call(
      ({ a, b = offset }: { a: number; b?: number }, ...[c, ...rest]: number[]) => {
        let seen = 0;
        outer: for (;;) {
          for (;;) {
            seen += 1;
            if (seen > 3) break outer;
            continue outer;
          }
        }
        return [a, b, c, rest, seen, tag`x${offset}\n`];
      },
      { a: 1 },
      2,
      3,
      4,
    );
    assert.deepEqual(result, [1, 10, 2, [3, 4], 4, 'x|\\n10']);
    assert.equal(await call(() => scale.name + twice.name), 'scaletwice');
  });

  it('has a dead zone where the script has one', async () => {
    const error = await call(() => {
      const read = (): number => late;
      const value = read();
      const late = 1;
      return value + late;
    }).catch((caught: unknown) => caught);
    assert.ok(error instanceof RemoteFailure);
    assert.equal(error.remoteName, 'ReferenceError');
  });

  it('runs in strict mode where the script does, and has no `this`', async () => {
    assert.equal(
      await call(function (this: unknown) {
        return this === undefined;
      }),
      true,
    );
    assert.equal(await call(() => typeof this), 'undefined');
  });

  it('names the line of an error, its own and that of what it called', async () => {
    const error = (await call(() => fails(offset)).catch((caught: unknown) => caught)) as RemoteFailure;
    assert.equal(error.message, 'failed with 10');
    const lines = error.remoteStack.split('\n').filter((line) => line.includes('slice.test'));
    const here = new Error('here').stack?.split('\n')[1] ?? '';
    const line = (text: string): number => Number(/:(\d+):\d+\)?$/.exec(text)?.[1]);
    // This process maps stacks and so does the worker: the lines are those of the TypeScript file.
    assert.match(lines[0] ?? '', /at fails .*slice\.test\.ts/);
    assert.equal(line(here) - line(lines[1] ?? ''), 3);
  });
});

function fails(value: number): never {
  throw new RangeError(`failed with ${value}`);
}
