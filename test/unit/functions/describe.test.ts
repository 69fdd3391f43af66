import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeFunction } from '#offloop/functions/describe.js';
import fallback, { lessOne, triple } from '../../fixtures/functions/shapes.js';
import * as basics from '../../fixtures/functions/shapes.js';

const offset = 3;
let counter = 0;
const list = [1];

describe('describeFunction', () => {
  it('names exports of other modules by reference', () => {
    const url = new URL('../../fixtures/functions/shapes.js', import.meta.url).href;
    const expected = { kind: 'reference', url };
    for (const [fn, exportName] of [
      [triple, 'triple'],
      [fallback, 'default'],
      [lessOne, 'lessOne'],
      [basics.prepare, 'prepare'],
    ] as const) {
      const { definition, captured } = describeFunction(fn);
      assert.deepEqual(definition, { ...expected, id: definition.id, name: fn.name, exportName });
      assert.equal(captured, undefined);
    }
  });

  it('sends the text of a function that uses nothing', () => {
    const { definition, captured } = describeFunction((x: number) => x + 1);
    assert.equal(definition.kind, 'source');
    assert.equal(captured, undefined);
  });

  it('cuts the rest out of the script; constants go with the code', () => {
    const { definition, captured } = describeFunction((x: number) => x + offset);
    assert.equal(definition.kind, 'slice');
    assert.equal(captured, undefined);
    assert.deepEqual(JSON.parse(JSON.stringify(definition)), definition);
    assert.deepEqual(structuredClone(definition), definition);
  });

  it('gives the same description for the same function, and the same definition for the same code', () => {
    const make = (n: number) => (): number => n + offset;
    const [one, two] = [describeFunction(make(1)), describeFunction(make(2))];
    assert.equal(one.definition, two.definition);
    assert.deepEqual([one.captured, two.captured], [[1], [2]]);
    const fresh = (): (() => number) => () => list.length;
    assert.equal(describeFunction(fresh()), describeFunction(fresh()));
  });

  it('gives a function that comes again a definition of its own, if what it captured can never change', () => {
    const make = (n: number, list: readonly number[]) => [() => n, () => list.length] as const;
    const [constant, changing] = make(1, [1]);
    const { definition: slice, captured } = describeFunction(constant);
    const again = describeFunction(constant);
    assert.equal(again, describeFunction(constant));
    assert.deepEqual(again, { definition: { kind: 'closure', id: again.definition.id, name: '', slice, captured } });
    assert.deepEqual(describeFunction(changing), describeFunction(changing));
    assert.deepEqual(describeFunction(changing).captured, [[1]]);
  });

  it('never binds a function inside captured values: its definition goes with each job', () => {
    const adder = (n: number) => (x: number) => x + n;
    const inner = adder(1);
    const bound = [describeFunction(inner), describeFunction(inner)][1]?.definition.kind;
    assert.equal(bound, 'closure');
    const outer = (
      (add: (x: number) => number) => () =>
        add(1)
    )(inner);
    assert.equal(describeFunction(outer).definition.kind, 'slice');
    assert.doesNotMatch(JSON.stringify(describeFunction(outer)), /"kind":"bound".*"kind":"bound"/);
  });

  it('reads what can change at each call', () => {
    const read = (): number => counter;
    assert.equal(describeFunction(read).captured?.[0], 0);
    counter += 1;
    assert.equal(describeFunction(read).captured?.[0], 1);
  });

  it('passes captured data on without copying it', () => {
    const data = { rows: new Float64Array(4) };
    assert.equal(describeFunction(() => data.rows.length).captured?.[0], data);
  });

  it('gives each definition an id of its own', () => {
    const ids = [() => 1, () => 2, () => offset].map((fn) => describeFunction(fn).definition.id);
    assert.equal(new Set(ids).size, 3);
  });
});
