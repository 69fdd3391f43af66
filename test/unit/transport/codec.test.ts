import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { RemoteError, SerializationError } from '#offloop/errors.js';
import { Decoder, Encoder, snapshot, type Encoded } from '#offloop/transport/codec.js';
import { sourceOf } from '#offloop/transport/codec-reader.js';
import { SHORT_ARRAY } from '#offloop/transport/codec-tags.js';

const encoder = new Encoder();
const decoder = new Decoder();

function decode(encoded: Encoded): unknown {
  const { bytes, length, attachments, transfer } = encoded;
  const copies =
    attachments === undefined
      ? undefined
      : structuredClone(attachments, transfer === undefined ? undefined : { transfer: transfer as ArrayBuffer[] });
  return decoder.decode(sourceOf(bytes.subarray(0, length)), 0, copies);
}

function roundTrip<T>(value: T, transfer?: object[]): T {
  return decode(encoder.encode(value, 'value', transfer)) as T;
}

describe('the codec', () => {
  it('objects and arrays of every size around the short forms arrive', () => {
    for (const size of [0, 1, 14, 15, 16, 17, 40, 300]) {
      const object = Object.fromEntries(Array.from({ length: size }, (_, index) => [`key${index}`, { index }]));
      assert.deepEqual(roundTrip(object), object);
      assert.deepEqual(roundTrip([Object.values(object)]), [Object.values(object)]);
    }
  });

  it('strings of every length around the short form arrive', () => {
    for (const length of [0, 1, 62, 63, 64, 65, 20_000]) {
      for (const unit of ['a', 'é', '漢', '\ud83d']) assert.equal(roundTrip(unit.repeat(length)), unit.repeat(length));
    }
  });

  it('a list keeps what its members share', () => {
    const shared = { x: 1 };
    const encoded = encoder.encodeList([shared, [shared], 7], 'args');
    const [first, second, third] = decoder.decodeList(sourceOf(encoded.bytes)) as [object, object[], number];
    assert.equal(second[0], first);
    assert.equal(third, 7);
  });

  it('shared memory stays shared', () => {
    const counter = new Int32Array(new SharedArrayBuffer(8), 4, 1);
    const arrived = roundTrip({ counter, buffer: counter.buffer });
    Atomics.store(counter, 0, 5);
    assert.equal(arrived.counter[0], 5);
    assert.equal(arrived.counter.buffer, arrived.buffer);
  });

  it('a large buffer is copied once and moved, and the original stays', () => {
    const original = new Uint8Array(100_000).fill(7);
    const encoded = encoder.encode([original, original.buffer], 'value');
    assert.equal(encoded.transfer?.length, 1);
    const [view, buffer] = decode(encoded) as [Uint8Array, ArrayBuffer];
    assert.equal(view.buffer, buffer);
    assert.equal(view[99_999], 7);
    assert.equal(original.byteLength, 100_000);
  });

  it('what is in the transfer list is moved', () => {
    const buffer = new ArrayBuffer(16);
    const view = new Uint8Array(buffer, 4, 4);
    const arrived = roundTrip({ view, buffer }, [buffer]);
    assert.equal(arrived.view.buffer, arrived.buffer);
    assert.equal(buffer.byteLength, 0);
  });

  it('a Buffer from the pool travels without the pool, unless another looks at the same bytes', () => {
    const buffer = Buffer.from('hello');
    const alone = roundTrip(buffer);
    assert.equal(alone.buffer.byteLength, 5);
    assert.deepEqual(alone, new Uint8Array(buffer));
    const [whole, part] = roundTrip([buffer, buffer.subarray(1, 3)]);
    assert.equal(whole?.buffer, part?.buffer);
    assert.deepEqual(part, new Uint8Array(Buffer.from('el')));
    const [view, pool] = roundTrip([buffer, buffer.buffer] as const);
    assert.equal(view.buffer, pool);
    const references = roundTrip([buffer, { a: 1 }, Buffer.from('x')].concat([buffer]) as unknown[]);
    assert.equal(references[3], references[0]);
  });

  it('resizable buffers and views that follow them keep doing so', () => {
    const Resizable = ArrayBuffer as unknown as new (size: number, options: { maxByteLength: number }) => ArrayBuffer;
    const buffer = new Resizable(8, { maxByteLength: 16 });
    const arrived = roundTrip({ buffer, view: new Uint8Array(buffer) });
    (arrived.buffer as ArrayBuffer & { resize(size: number): void }).resize(16);
    assert.equal(arrived.view.length, 16);
  });

  it('views of every kind, of this realm or another, keep sharing their buffer', () => {
    const { Float16Array = Uint16Array } = globalThis as { Float16Array?: Uint16ArrayConstructor };
    const elsewhere = runInNewContext('[Uint16Array, DataView]') as (typeof Uint16Array)[];
    const buffer = new ArrayBuffer(16);
    const views = [Float16Array, ...elsewhere].map((type) => new type(buffer, 8, 1));
    for (const view of [...views, new DataView(buffer), new Float64Array(buffer, 8, 1), Buffer.from(buffer, 8, 4)]) {
      const value = { first: new Uint8Array(buffer), view };
      const arrived = roundTrip(value);
      assert.equal(arrived.view.buffer, arrived.first.buffer);
      assert.deepEqual(arrived, structuredClone(value));
    }
  });

  it('instances of classes arrive as their properties; what only structured clone knows arrives by it', async () => {
    class Point {
      x = 1;
      get sum(): number {
        return this.x;
      }
    }
    for (let round = 0; round < 2; round += 1) {
      assert.deepEqual(roundTrip(new Point()), { x: 1 });
      assert.deepEqual(roundTrip(Object.assign(Object.create(null) as object, { a: 1 })), { a: 1 });
      assert.equal(await roundTrip({ blob: new Blob(['abc']) }).blob.text(), 'abc');
      assert.equal(roundTrip(createSecretKey(Buffer.from('k'))).type, 'secret');
    }
  });

  it('subclasses of built-ins arrive as the built-in', () => {
    class Names extends Map<string, number> {}
    assert.equal(Object.getPrototypeOf(roundTrip(new Names([['a', 1]]))), Map.prototype);
    class Rows extends Array<number> {}
    assert.equal(Object.getPrototypeOf(roundTrip(Rows.of(1, 2))), Array.prototype);
  });

  it('errors keep class, properties and their place in the graph', () => {
    const error = new AggregateError([new RangeError('inner')], 'outer', { cause: 5 });
    const data = { id: 1 };
    Object.assign(error, { code: 'E', data, self: error });
    const arrived = roundTrip({ error, data, inner: error.errors[0] as unknown });
    assert.ok(arrived.error instanceof AggregateError);
    const { code, data: sent, self } = arrived.error as AggregateError & Record<string, unknown>;
    assert.deepEqual([code, sent === arrived.data, self === arrived.error], ['E', true, true]);
    assert.ok(arrived.inner instanceof RangeError);
    assert.equal(arrived.error.errors[0], arrived.inner);
    assert.equal(arrived.error.cause, 5);
    assert.equal(arrived.error.stack, error.stack);
  });

  it('a property of an error that cannot be sent leaves no trace in the numbering', () => {
    const shared = { a: 1 };
    const error = Object.assign(new Error('x'), { bad: { shared, deep: [{}, {}, { fn: () => 1 }] }, good: { b: 2 } });
    const [arrived, first, again] = roundTrip([error, shared, shared] as const);
    assert.deepEqual(Object.keys(arrived), ['good']);
    assert.deepEqual(first, { a: 1 });
    assert.equal(first, again);
    assert.match(String(arrived.stack), /not sent: bad cannot be cloned/);
  });

  it('what cannot be sent is a SerializationError with the path, and the next message is not hurt', () => {
    assert.throws(
      () => encoder.encodeList([1, { rows: [0, { fn: () => 1 }] }], 'args'),
      (error) => error instanceof SerializationError && error.path === 'args[1].rows[1].fn',
    );
    for (const value of [
      Symbol('x'),
      new Proxy({}, {}),
      new Proxy([], {}),
      Promise.resolve(),
      new WeakMap(),
      (function* () {})(),
    ]) {
      assert.throws(
        () => encoder.encode({ value }, 'the result'),
        (error) => error instanceof SerializationError && error.path === 'the result.value',
      );
    }
    assert.deepEqual(roundTrip({ fine: true }), { fine: true });
  });

  it('a getter that throws is named and its error kept', () => {
    const cause = new Error('oops');
    const value = {
      get bad(): never {
        throw cause;
      },
    };
    assert.throws(
      () => encoder.encode([value], 'args'),
      (error) => error instanceof SerializationError && error.path === 'args[0].bad' && error.cause === cause,
    );
  });

  it('a RangeError of a getter is an error as any other', () => {
    const cause = new RangeError('out of my range');
    const value = {
      get bad(): never {
        throw cause;
      },
    };
    assert.throws(
      () => encoder.encode([value], 'args'),
      (error) => error instanceof SerializationError && error.path === 'args[0].bad' && error.cause === cause,
    );
    const thrown = new TypeError('real');
    Object.defineProperty(thrown, 'bad', { enumerable: true, get: () => value.bad });
    const arrived = decode(encoder.encodeThrown(Object.assign(thrown, { code: 'E' })));
    assert.ok(arrived instanceof TypeError);
    assert.equal((arrived as NodeJS.ErrnoException).code, 'E');
    assert.match(String(arrived.stack), /not sent: bad is a getter that throws/);
  });

  it('nesting beyond the stack is refused with a reason, and left out of an error', () => {
    let deep: unknown = 1;
    for (let index = 0; index < 200_000; index += 1) deep = [deep];
    assert.throws(
      () => encoder.encode(deep, 'value'),
      (error) => error instanceof SerializationError && error.message.includes('nested too deeply'),
    );
    const arrived = decode(encoder.encodeThrown(Object.assign(new TypeError('x'), { deep, code: 'E' })));
    assert.ok(arrived instanceof TypeError);
    assert.equal((arrived as NodeJS.ErrnoException).code, 'E');
    assert.match(String(arrived.stack), /not sent: deep is nested too deeply/);
  });

  it('what is nested too deeply for the stack of the reader is said to be', () => {
    const nested = new Uint8Array(200_000).fill(SHORT_ARRAY + 1);
    assert.throws(
      () => decoder.decode(sourceOf(nested)),
      (error) => error instanceof SerializationError && error.message.includes('nested too deeply'),
    );
    assert.deepEqual(roundTrip({ fine: true }), { fine: true });
  });

  it('errors nested deeper than the stack arrive, each whole and once', () => {
    const shared = { id: 1 };
    const base = Object.assign(new RangeError('base'), { shared, fn: () => 1 });
    let error: Error = base;
    for (let index = 0; index < 20_000; index += 1) {
      const outer = index % 3 === 0 ? new AggregateError([error], 'many') : new TypeError('one', { cause: error });
      error = Object.assign(outer, { code: index });
    }
    Object.assign(base, { outermost: error });
    const list = roundTrip([error, shared, new Error('another', { cause: shared })] as const);
    let link: unknown = list[0];
    for (let index = 19_999; index >= 0; index -= 1) {
      assert.ok(link instanceof (index % 3 === 0 ? AggregateError : TypeError));
      assert.equal((link as unknown as { code: number }).code, index);
      link = link instanceof AggregateError ? link.errors[0] : link.cause;
    }
    assert.ok(link instanceof RangeError);
    const arrived = link as Error & Record<string, unknown>;
    assert.equal(arrived['outermost'], list[0]);
    assert.equal(arrived['shared'], list[1]);
    assert.equal(list[2].cause, list[1]);
    assert.match(String(arrived.stack), /not sent: fn cannot be cloned/);
  });

  it('anything thrown can be sent', () => {
    for (const value of [undefined, null, 0, 'text']) assert.equal(decode(encoder.encodeThrown(value)), value);
    const odd = decode(encoder.encodeThrown(() => 1));
    assert.ok(odd instanceof RemoteError);
    assert.match(odd.message, /an anonymous function/);
  });

  it('a getter may send something itself', () => {
    const value = {
      a: 'before',
      get b(): unknown {
        return roundTrip({ inner: [1, 2, 3] });
      },
      c: 'after',
    };
    assert.deepEqual(roundTrip(value), { a: 'before', b: { inner: [1, 2, 3] }, c: 'after' });
  });

  it('a snapshot is not touched by later messages or mutations', () => {
    const value = { list: [1, 2], big: new Uint8Array(50_000).fill(1) };
    const kept = snapshot(encoder.encode(value, 'value'));
    value.list.push(3);
    value.big.fill(2);
    encoder.encode('something else', 'value');
    assert.deepEqual(decode(kept), { list: [1, 2], big: new Uint8Array(50_000).fill(1) });
  });
});
