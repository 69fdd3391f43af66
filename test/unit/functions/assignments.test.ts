import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CaptureError } from '#offloop/index.js';
import { describeFunction } from '#offloop/functions/describe.js';
import { Remote } from '../../fixtures/functions/remote.js';

let atTop = 0;
const countAtTop = (): number => (atTop += 1);
let shadowed = 'outer';
const setOuter = (text: string): string => (shadowed = text);
const closures = (() => {
  let shadowed = 1;
  return { bump: () => (shadowed += 1), look: () => shadowed };
})();
const made: { set?: (n: number) => number; get?: () => string } = {};
(function () {
  let shadowed = 5;
  made.set = (n) => (shadowed = n);
  made.get = () => `inner ${shadowed}`;
})();

/** Says that the assignment to `variable` is lost, where it stands, and what to do. */
function lost(variable: string, fn: Function): void {
  assert.throws(
    () => describeFunction(fn),
    (error: Error) =>
      error instanceof CaptureError &&
      new RegExp(
        `assigns \`${variable}\` at file:.*assignments\\.test\\.js:\\d+:\\d+, .* declared at file:.* lost: .*Return the value`,
      ).test(error.message),
  );
}

describe('an assignment inside a function that is sent', () => {
  let remote: Remote;
  before(() => {
    remote = new Remote();
  });
  after(() => remote[Symbol.asyncDispose]());

  it('to a variable of the function around it that the program reads is refused', () => {
    let plain = 0;
    let filled: number | undefined;
    let picked = '';
    let each = 0;
    lost('plain', () => (plain = 1));
    lost('filled', () => (filled ??= 1));
    lost('picked', () => {
      ({ picked } = { picked: 'x' });
    });
    lost('each', () => {
      for (each of [1, 2]);
    });
    assert.deepEqual([plain, filled, picked, each], [0, undefined, '', 0]);
  });

  it('that counts on is refused even if only the function itself reads the variable', () => {
    let n = 0;
    let total = 0;
    let text = '';
    lost('n', () => n++);
    lost('total', (x: number) => (total += x));
    const append = (x: string): void => {
      text += x;
    };
    lost('text', () => append('x'));
    lost('text', append);
  });

  it('to a parameter or a variable of a block around it is refused, too', () => {
    const over = (count: number) => [(): number => (count = 5), (): number => count] as const;
    lost('count', over(1)[0]);
    for (let index = 0; index < 1; index += 1) lost('index', () => (index = 7));
  });

  it('is let through where nobody but what goes along reads the variable', async () => {
    let table: number[] | undefined;
    const squares = (): number[] => (table ??= [0, 1, 4]);
    assert.equal(await remote.call((x: number) => squares()[x], 2), 4);
    let last: number | undefined;
    assert.equal(
      await remote.call((x: number) => {
        last = x;
        return last * 2;
      }, 4),
      8,
    );
  });

  it('to its own variables, and to what it shadows, is its own business', async () => {
    const n = 1;
    const count = (list: readonly number[]): number => {
      let n = 0;
      for (const x of list) n += x;
      return n;
    };
    assert.equal(await remote.call((x: number) => count([x, 2]) + n, 1), 4);
  });

  it('to a variable at the top of the module stays in the worker', async () => {
    assert.deepEqual([await remote.call(countAtTop), await remote.call(countAtTop), atTop], [1, 2, 0]);
  });

  it('to one of several variables of one name stays with that one', async () => {
    await remote.call(setOuter, 'changed');
    await remote.call(made.set as (n: number) => number, 9);
    assert.deepEqual(
      [await remote.call(() => shadowed), await remote.call(made.get as () => string)],
      ['changed', 'inner 9'],
    );
    assert.deepEqual([shadowed, made.get?.()], ['outer', 'inner 5']);
    lost('shadowed', closures.bump);
    assert.equal(await remote.call(closures.look), 1);
  });
});
