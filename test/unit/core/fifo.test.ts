import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Fifo } from '#offloop/core/fifo.js';

describe('Fifo', () => {
  it('does what an array does with push() and shift()', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 1, max: 40 }) },
      { weight: 5, arbitrary: fc.integer({ min: -40, max: -1 }) },
      { weight: 1, arbitrary: fc.constantFrom(0, 3000) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        let next = 0;
        for (const count of steps) {
          if (count === 0) {
            fifo.clear();
            model = [];
          }
          for (let left = count; left > 0; left--) {
            fifo.add(next);
            model.push(next++);
          }
          for (let left = count; left < 0 && model.length > 0; left++) assert.equal(fifo.take(), model.shift());
          assert.equal(fifo.size, model.length);
          assert.deepEqual(fifo.toArray(), model);
        }
      }),
    );
  });
});
