import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { frameHeader, FrameReader } from '#offloop/process/frame-reader.js';

describe('FrameReader', () => {
  it('gives the same frames however the stream is cut into pieces', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });
    const cuts = fc.array(fc.nat({ max: 4000 }), { maxLength: 20 });
    fc.assert(
      fc.property(bodies, cuts, (bodies, cuts) => {
        const stream = Buffer.concat(bodies.flatMap((body) => [frameHeader(body.length), body]));
        const reader = new FrameReader();
        const frames: Buffer[] = [];
        let from = 0;
        for (const to of [...cuts.filter((cut) => cut < stream.length).toSorted((a, b) => a - b), stream.length]) {
          reader.push(Buffer.from(stream.subarray(from, to)), frames);
          from = to;
        }
        assert.deepEqual(
          frames.map((frame) => frame.toString('hex')),
          bodies.map((body) => Buffer.from(body).toString('hex')),
        );
      }),
    );
  });

  it('copies a frame that spans pieces into memory of its own', () => {
    const reader = new FrameReader();
    const frames: Buffer[] = [];
    reader.push(Buffer.concat([frameHeader(4), Buffer.from('ab')]), frames);
    const second = Buffer.from('cd');
    reader.push(second, frames);
    second.fill(0);
    assert.equal(String(frames[0]), 'abcd');
  });
});
