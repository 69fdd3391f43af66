import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RemoteError, SerializationError } from '#offloop/errors.js';
import { Decoder } from '#offloop/transport/codec.js';
import { FrameReader, FrameWriter, HEAD_BYTES, type Message } from '#offloop/transport/frames.js';
import {
  decodeValue,
  decodeValues,
  encodeFailure,
  encodeValue,
  encodeValues,
  keepBody,
} from '#offloop/transport/pipe-value.js';

interface Sent {
  readonly kind: number;
  readonly flags: number;
  readonly ticket: number;
  readonly target: number;
  readonly attached: Uint8Array;
  readonly value: Uint8Array;
}

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u8 = fc.integer({ min: 0, max: 255 });
const heads = { kind: u8, flags: u8, ticket: u32, target: u32 };
const small = fc.uint8Array({ maxLength: 200 });
const smallMessages = fc.array(fc.record({ ...heads, attached: small, value: small }, { noNullPrototype: true }), {
  maxLength: 30,
});
const sizes = fc.constantFrom(0, 5, 32_747, 32_748, 32_749, 131_072, 300_000, 1_048_577);
const anySize = fc.record({ ...heads, attached: sizes, value: sizes }, { noNullPrototype: true });

function add(writer: FrameWriter, { kind, flags, ticket, target, attached, value }: Sent): void {
  // As an encoder does, whose buffer is longer and is written again at once.
  const bytes = Buffer.concat([value, Buffer.from('more')]);
  writer.add(kind, flags, ticket, target, { bytes, length: value.length, attached });
  bytes.fill(0xee);
}

function copy({ kind, flags, ticket, target, bytes, attached, value }: Message, size: number): Sent {
  const end = value + size;
  const part = (from: number, to: number): Uint8Array => Uint8Array.from(bytes.subarray(from, to));
  return { kind, flags, ticket, target, attached: part(attached, value), value: part(value, end) };
}

/** A pipe: takes some of the bytes at a time, hands them on cut elsewhere. */
function carry(writer: FrameWriter, taken: readonly number[], received: (piece: Buffer) => void): void {
  for (let turn = 0, bytes = writer.next(); bytes !== undefined; turn += 1, bytes = writer.next()) {
    const count = Math.min(bytes.length, taken.length === 0 ? Infinity : (taken[turn % taken.length] as number));
    received(Buffer.from(bytes.subarray(0, count)));
    writer.written(count);
  }
  assert.equal(writer.pending, 0);
}

function lengths(messages: readonly Sent[]): number {
  return messages.reduce((sum, { attached, value }) => sum + HEAD_BYTES + attached.length + value.length, 0);
}

describe('frames over a pipe', () => {
  it('messages come out as they went in, however much of them the pipe takes at a time', () => {
    const taken = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 10 });
    fc.assert(
      fc.property(smallMessages, taken, (messages, taken) => {
        const writer = new FrameWriter();
        for (const message of messages) add(writer, message);
        assert.equal(writer.pending, lengths(messages));
        const got: Sent[] = [];
        const reader = new FrameReader((message) => {
          got.push(copy(message, (messages[got.length] as Sent).value.length));
        });
        carry(writer, taken, (piece) => reader.push(piece));
        assert.equal(reader.atBoundary, true);
        assert.deepEqual(got, messages);
      }),
      { numRuns: 500 },
    );
  });

  it('large messages keep their place among small ones, with some written while others are added', () => {
    const taken = fc.array(fc.integer({ min: 1, max: 700_000 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(fc.array(anySize, { maxLength: 8 }), taken, fc.nat({ max: 8 }), (specs, taken, early) => {
        const messages = specs.map((spec, index) => ({
          ...spec,
          attached: Buffer.alloc(spec.attached, index + 1),
          value: Buffer.alloc(spec.value, index + 101),
        }));
        const writer = new FrameWriter();
        let got = 0;
        const reader = new FrameReader((message) => {
          const expected = messages[got] as Sent;
          const { attached, value, ...head } = copy(message, expected.value.length);
          const { attached: wantAttached, value: wantValue, ...wantHead } = expected;
          assert.deepEqual(head, wantHead);
          assert.ok(Buffer.compare(attached, wantAttached) === 0 && Buffer.compare(value, wantValue) === 0);
          got += 1;
        });
        for (const message of messages.slice(0, early)) add(writer, message);
        const first = writer.next();
        if (first !== undefined) {
          // Half of it is written; what is added meanwhile comes behind the other half.
          const half = first.length >> 1;
          reader.push(Buffer.from(first.subarray(0, half)));
          for (const message of messages.slice(early)) add(writer, message);
          writer.written(half);
        } else for (const message of messages.slice(early)) add(writer, message);
        carry(writer, taken, (piece) => reader.push(piece));
        assert.equal(got, messages.length);
        assert.equal(reader.atBoundary, true);
      }),
      { numRuns: 60 },
    );
  });

  it('small messages of one turn are one write', () => {
    const writer = new FrameWriter();
    for (let ticket = 1; ticket <= 1000; ticket += 1) {
      writer.add(0, 0, ticket, 0, { bytes: Buffer.alloc(10), length: 10, attached: undefined });
    }
    let writes = 0;
    carry(writer, [], () => {
      writes += 1;
    });
    assert.ok(writes <= 3, `${writes} writes for 30 KB`);
  });

  it('a stream that ends within a message is not at a boundary', () => {
    const writer = new FrameWriter();
    writer.add(1, 2, 3, 4, { bytes: Buffer.alloc(10), length: 10, attached: undefined });
    const bytes = Buffer.from(writer.next() as Uint8Array);
    for (let end = 1; end < bytes.length; end += 1) {
      const reader = new FrameReader(() => assert.fail('nothing is complete'));
      reader.push(bytes.subarray(0, end));
      assert.equal(reader.atBoundary, false);
    }
  });

  it('bytes that are no messages are refused', () => {
    const reader = new FrameReader(() => {});
    assert.throws(() => reader.push(Buffer.from('output of somebody who writes to descriptor 3')), RemoteError);
  });
});

/** What the other side finds. */
function received(write: (writer: FrameWriter) => void): Message[] {
  const writer = new FrameWriter();
  write(writer);
  const messages: Message[] = [];
  const reader = new FrameReader((message) => messages.push(message));
  carry(writer, [], (piece) => reader.push(piece));
  return messages;
}

describe('values over a pipe', () => {
  const decoder = new Decoder();

  it('values of every kind go through one message', () => {
    const values = [{ a: 1 }, new Uint8Array(100_000).fill(1), new RangeError('far'), new Map([[1, new Set('ab')]])];
    const [list, kept] = received((writer) => {
      writer.add(1, 0, 1, 0, encodeValues(values, 'args'));
      const body = keepBody(encodeValue(values, 'args'));
      encodeValue('something else', 'args');
      writer.add(1, 0, 1, 0, body);
    });
    assert.deepEqual(decodeValues(decoder, list as Message), values);
    assert.deepEqual(decodeValue(decoder, kept as Message), values);
  });

  it("what the codec does not write travels by V8's serializer beside it", () => {
    const resizable = new (ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer)(4, {
      maxByteLength: 8,
    });
    new Uint8Array(resizable).set([1, 2, 3, 4]);
    const [message] = received((writer) => writer.add(0, 0, 1, 0, encodeValue({ rows: [resizable, 'x'] }, 'it')));
    assert.ok((message as Message).attached < (message as Message).value);
    const { rows } = decodeValue(decoder, message as Message) as { rows: [ArrayBuffer, string] };
    assert.deepEqual([[...new Uint8Array(rows[0])], rows[1]], [[1, 2, 3, 4], 'x']);
  });

  it('what only works within one process is refused with its path', () => {
    const values = [{ lock: new SharedArrayBuffer(4) }];
    assert.throws(
      () => encodeValues(values, 'args'),
      (error) => error instanceof SerializationError && error.path.startsWith('args'),
    );
  });

  it('a failure arrives whatever it holds', () => {
    const error = Object.assign(new RangeError('holds a lock'), { lock: new SharedArrayBuffer(4) });
    const [message] = received((writer) => writer.add(0, 0, 1, 0, encodeFailure(error)));
    assert.ok(decodeValue(decoder, message as Message) instanceof Error);
  });
});
