import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SerializationError } from '#offloop/errors.js';
import { callbackOf, callbacksExist, markCallback } from '#offloop/transport/callback-mark.js';
import { Decoder, Encoder, snapshot } from '#offloop/transport/codec.js';
import { sourceOf } from '#offloop/transport/codec-reader.js';
import { findUnclonable } from '#offloop/transport/unclonable.js';

describe('callbacks in messages', () => {
  it('there are none until one is made', () => {
    assert.equal(callbacksExist(), false);
    markCallback(
      () => {},
      () => {},
    );
    assert.equal(callbacksExist(), true);
  });

  it('each is written as its place among those of the message, and its name', () => {
    const encoder = new Encoder({ callbacks: true });
    const [original, other] = [(): void => {}, (): void => {}];
    const save = markCallback(function save() {}, original);
    const load = markCallback(function load() {}, other);
    const encoded = snapshot(encoder.encodeList([save, { list: [load, save] }, new Map([[1, load]])], 'args'));
    assert.deepEqual(encoder.takeCallbacks(), [save, load]);
    assert.equal(callbackOf(save), original);
    const made: [number, string][] = [];
    const decoder = new Decoder(undefined, undefined, (place, name) => {
      made.push([place, name]);
      return name;
    });
    const values = decoder.decodeList(sourceOf(encoded.bytes.subarray(0, encoded.length)));
    assert.deepEqual(values, ['save', { list: ['load', 'save'] }, new Map([[1, 'load']])]);
    assert.deepEqual(made.slice(0, 2), [
      [0, 'save'],
      [1, 'load'],
    ]);
    encoder.encodeList([1], 'args');
    assert.equal(encoder.takeCallbacks(), undefined, 'the next message has none');
  });

  it('an encoder for anything but jobs refuses them', () => {
    const save = markCallback(
      function save() {},
      () => {},
    );
    assert.throws(
      () => new Encoder().encode({ save }, 'result'),
      (error) =>
        error instanceof SerializationError &&
        error.path === 'result.save' &&
        error.message.includes(
          'a callback (save), which only goes out as an argument or a captured variable of a job,',
        ),
    );
  });

  it('one is the reason only where there is no other', () => {
    const save = markCallback(
      () => {},
      () => {},
    );
    assert.equal(findUnclonable([save, Symbol('s')], 'args')?.path, 'args[1]');
    assert.equal(findUnclonable([1, save], 'args')?.path, 'args[1]');
  });
});
