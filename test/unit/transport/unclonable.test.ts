import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SerializationError } from '#offloop/errors.js';
import { findUnclonable, serializationError } from '#offloop/transport/unclonable.js';

function find(value: unknown, transfer?: unknown[]): string | undefined {
  const found = findUnclonable(value, 'args[0]', transfer);
  return found === undefined ? undefined : `${found.path} is ${found.reason}`;
}

describe('finding what cannot be cloned', () => {
  it('a path leads through objects, arrays and odd keys', () => {
    assert.equal(find({ rows: [1, 2, 3, { fn: () => 1 }] }), 'args[0].rows[3].fn is the function fn');
    assert.equal(find({ 'a b': Symbol('x') }), 'args[0]["a b"] is a symbol');
    assert.equal(
      find(() => 1),
      'args[0] is a function',
    );
  });

  it('maps and sets are looked into', () => {
    assert.equal(find(new Map([['k', [new WeakMap()]]])), 'args[0].get("k")[0] is a WeakMap');
    assert.equal(find(new Set([1, Promise.resolve()])), 'args[0].values()[1] is a Promise (await it first)');
  });

  it('what structured clone takes is found good', () => {
    const cyclic: Record<string, unknown> = { list: Array.from({ length: 3 }) };
    cyclic['self'] = cyclic;
    const good = [
      1,
      null,
      cyclic,
      new Date(),
      /x/g,
      Buffer.from('abc'),
      new Uint8Array(new SharedArrayBuffer(8)),
      new ArrayBuffer(0),
      new Blob(['x']),
      Object(5),
      new Error('x'),
      Object.assign(new Error('x'), { fn: () => 1 }),
      new (class A {
        x = 1;
      })(),
    ];
    for (const value of good) assert.equal(find(value), undefined);
  });

  it('kinds nobody can clone are named', () => {
    assert.equal(find(new Proxy({}, {})), 'args[0] is a Proxy');
    assert.match(String(find((function* gen() {})())), /a generator/);
    assert.match(String(find(new WeakRef({}))), /an instance of WeakRef, of a kind that cannot be cloned/);
    assert.match(String(find(new Intl.Collator())), /Collator/);
  });

  it('a getter that throws is the culprit', () => {
    const value = {
      get bad(): never {
        throw new Error('oops');
      },
    };
    assert.equal(find(value), 'args[0].bad is a getter that throws (oops)');
  });

  it('a detached buffer is found, alone and under a view', () => {
    const view = new Uint8Array(8);
    structuredClone(view.buffer, { transfer: [view.buffer] });
    assert.match(String(find({ view })), /^args\[0\]\.view is .*detached/);
    assert.match(String(find([view.buffer])), /^args\[0\]\[0\] is .*detached/);
  });

  it('a port is good only in the transfer list', () => {
    const { port1, port2 } = new MessageChannel();
    assert.match(
      String(find({ port1 })),
      /args\[0\]\.port1 is an instance of MessagePort that is not in the transfer list/,
    );
    assert.equal(find({ port1 }, [port1]), undefined);
    port1.close();
    port2.close();
  });

  it('the error names the path and says what to do', () => {
    const error = serializationError({ f() {} }, 'args[1]');
    assert.ok(error instanceof SerializationError);
    assert.equal(error.path, 'args[1].f');
    assert.equal(
      error.message,
      'args[1].f is the function f and cannot be sent to another thread or process. Send plain data instead, or make it over there.',
    );
  });
});
