import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RemoteError, SerializationError } from '#offloop/errors.js';
import { Decoder, Encoder } from '#offloop/transport/codec.js';
import { FrameReader, FrameWriter, type FrameSink } from '#offloop/transport/frames.js';
import { parseMessage, sendMessage } from '#offloop/transport/pipe-message.js';

/** A pipe that takes everything and remembers how it was given. */
class Recorder implements FrameSink {
  readonly chunks: Uint8Array[] = [];
  write(chunk: Uint8Array): boolean {
    this.chunks.push(chunk);
    return true;
  }
  once(): void {}
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

function read(chunks: Iterable<Uint8Array>): Buffer[] {
  const frames: Buffer[] = [];
  const reader = new FrameReader((frame) => frames.push(Buffer.from(frame)));
  for (const chunk of chunks) reader.push(chunk);
  assert.equal(reader.atBoundary, true);
  return frames;
}

function* split(bytes: Buffer, cuts: readonly number[]): Generator<Buffer> {
  let position = 0;
  for (let index = 0; position < bytes.length; index += 1) {
    const size = cuts.length === 0 ? bytes.length : (cuts[index % cuts.length] as number);
    yield bytes.subarray(position, position + size);
    position += size;
  }
}

describe('frames over a pipe', () => {
  it('frames come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 3 }), { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 10 }),
        (frames, cuts) => {
          const sink = new Recorder();
          const writer = new FrameWriter(sink);
          for (const parts of frames) writer.send(...parts);
          writer.flush();
          assert.ok(sink.chunks.length <= 1, 'small frames of one turn are one write');
          assert.deepEqual(
            read(split(sink.bytes, cuts)),
            frames.map((parts) => Buffer.concat(parts)),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('large frames are cut into pieces and keep their place among small ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 5, 32_767, 32_768, 32_769, 300_000, 1_048_576, 1_048_577, 2_500_000), {
          maxLength: 8,
        }),
        fc.array(fc.integer({ min: 1, max: 1_500_000 }), { minLength: 1, maxLength: 10 }),
        (sizes, cuts) => {
          const sink = new Recorder();
          const writer = new FrameWriter(sink);
          const frames = sizes.map((size, index) => Buffer.alloc(size, index + 1));
          for (const frame of frames) writer.send(frame);
          writer.flush();
          assert.ok(sink.chunks.every((chunk) => chunk.byteLength <= 1_048_576));
          const got = read(split(sink.bytes, cuts));
          assert.equal(got.length, frames.length);
          assert.ok(got.every((frame, index) => frame.equals(frames[index] as Buffer)));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('a pipe that is full is waited for, and pending says how much it owes', async () => {
    const pipe = new PassThrough({ highWaterMark: 1024 });
    const writer = new FrameWriter(pipe);
    const frames = Array.from({ length: 20 }, (_, index) => Buffer.alloc(100_000, index));
    for (const frame of frames) writer.send(frame);
    assert.ok(writer.pending >= 2_000_000);
    const got: Buffer[] = [];
    const reader = new FrameReader((frame) => {
      got.push(Buffer.from(frame));
      if (got.length === frames.length) pipe.end();
    });
    pipe.on('data', (chunk: Buffer) => reader.push(chunk));
    await once(pipe, 'end');
    assert.equal(writer.pending, 0);
    assert.deepEqual(got, frames);
  });

  it('bytes that are no frames are refused', () => {
    const reader = new FrameReader(() => {});
    assert.throws(() => reader.push(Buffer.from('console.log output')), RemoteError);
  });

  it('messages with values of every kind go through one frame', () => {
    const sink = new Recorder();
    const writer = new FrameWriter(sink);
    const encoder = new Encoder({ inlineBuffers: true });
    const values = [{ a: 1 }, new Uint8Array(100_000).fill(1), new RangeError('far')];
    const head = { ticket: 0xffff_fffe, target: 7, kind: 200, flags: 129 };
    sendMessage(writer, head, encoder.encodeList(values, 'args'), values, 'args');
    writer.flush();
    const [frame] = read([sink.bytes]);
    const { source, position, attachments, ...got } = parseMessage(frame as Buffer);
    assert.deepEqual(got, head);
    assert.deepEqual(new Decoder().decodeList(source, position, attachments), values);
  });

  it('what only works within one process is refused with its path', () => {
    const encoder = new Encoder({ inlineBuffers: true });
    const writer = new FrameWriter(new Recorder());
    const values = [{ lock: new SharedArrayBuffer(4) }];
    const head = { ticket: 1, target: 0, kind: 0, flags: 0 };
    assert.throws(
      () => sendMessage(writer, head, encoder.encodeList(values, 'args'), values, 'args'),
      (error) => error instanceof SerializationError,
    );
  });
});
