import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sourceOf } from '#offloop/executor/map-source.js';

/** All items, taken a few at a time; `between` runs before each take but the first. */
function takeAll(items: Iterable<unknown>, size: number, between: (taken: number) => void = () => {}): unknown[] {
  const source = sourceOf(items);
  assert.equal(source.kind, 'sync');
  const all: unknown[] = [];
  while (!source.ended) {
    if (all.length > 0) between(all.length);
    const taken = source.take(size, (error) => {
      throw error;
    });
    // As arguments are encoded: by index.
    for (let index = 0; index < taken.length; index += 1) all.push(taken[index]);
  }
  return all;
}

describe('items of a map', () => {
  it('those of an array are what its iterator gives', () => {
    // oxlint-disable-next-line no-sparse-arrays -- a hole is what is asked for
    const sparse = [1, , 3, 4, 5];
    for (const size of [1, 2, 3, 5, 6]) {
      assert.deepEqual(takeAll([], size), []);
      assert.deepEqual(takeAll(sparse, size), [...sparse]);
    }
  });

  it('an array that grows or shrinks meanwhile gives what its iterator would', () => {
    const change = (list: number[]) => (taken: number) => {
      if (taken === 2) list.push(7);
      else if (taken === 4) list.length = 5;
    };
    const list = [1, 2, 3, 4, 5, 6];
    assert.deepEqual(takeAll(list, 2, change(list)), [1, 2, 3, 4, 5]);
  });

  it('an iterator that somebody made for an array is used', () => {
    class Twice extends Array<number> {
      override *[Symbol.iterator](): ArrayIterator<number> {
        for (let index = 0; index < this.length; index += 1) yield (this[index] as number) * 2;
      }
    }
    const own = [1, 2, 3];
    own[Symbol.iterator] = function* (): ArrayIterator<number> {
      yield 9;
    };
    assert.deepEqual(takeAll(Twice.from([1, 2, 3]), 2), [2, 4, 6]);
    assert.deepEqual(takeAll(own, 2), [9]);
  });

  it('what was taken before a source threw is kept', () => {
    const failures: unknown[] = [];
    const source = sourceOf(
      (function* (): Generator<number> {
        yield 1;
        yield 2;
        throw new RangeError('no more');
      })(),
    );
    assert.equal(source.kind, 'sync');
    assert.deepEqual(
      source.take(5, (error) => failures.push(error)),
      [1, 2],
    );
    assert.equal((failures[0] as Error).message, 'no more');
  });
});
