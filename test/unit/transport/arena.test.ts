import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArenaWriter } from '#offloop/transport/arena.js';
import { sharedOperations } from '#offloop/transport/atomics.js';
import { RingReader, RingWriter } from '#offloop/transport/ring.js';

const nothing = (): void => {};

/** A ring of slots without content, an arena beside it, and a reader that gives slots back. */
function setUp(slots = 1024, limit?: number) {
  const place = { words: new Int32Array(slots), start: 0, slots, stride: 1 };
  const ring = new RingWriter(place, sharedOperations);
  const reader = new RingReader(place, sharedOperations);
  const announced: number[] = [];
  const arena = new ArenaWriter(ring, { announce: (_segment, memory) => announced.push(memory.byteLength) }, limit);
  const send = (size: number): number => {
    const slot = ring.next();
    const offset = arena.put(new Uint8Array(size), size);
    if (offset !== -1) ring.publish(slot);
    return offset;
  };
  const read = (count = 1): void => {
    for (let index = 0; index < count; index += 1) reader.release(reader.claim(nothing));
  };
  return { arena, announced, send, read };
}

const KB = 1024;

describe('the arena', () => {
  it('holds no memory before the first payload', () => {
    assert.equal(setUp().arena.size, 0);
  });

  it('what was read makes room for what comes, round and round, without growing', () => {
    const { arena, send, read } = setUp();
    for (let index = 0; index < 10_000; index += 1) {
      assert.notEqual(send(1000 + (index % 9000)), -1);
      if (index >= 4) read();
    }
    assert.equal(arena.size, 64 * KB);
  });

  it('grows while nobody reads, up to its limit, and then sends the caller another way', () => {
    const { arena, announced, send } = setUp(1024, 1024 * KB);
    let sent = 0;
    while (send(32 * KB) !== -1) sent += 1;
    assert.equal(arena.size, 1024 * KB);
    assert.deepEqual(announced, [128 * KB, 256 * KB, 512 * KB, 1024 * KB]);
    assert.ok(sent >= 32);
  });

  it('works again after it was full', () => {
    const { send, read } = setUp(1024, 128 * KB);
    let sent = 0;
    while (send(16 * KB) !== -1) sent += 1;
    read(sent);
    assert.notEqual(send(16 * KB), -1);
  });

  it('refuses what would take too much of it', () => {
    const { arena, send } = setUp();
    assert.equal(send(600 * KB), -1);
    assert.equal(arena.size, 0);
  });

  it('shrinks after a long time of small use', () => {
    const { arena, send, read } = setUp();
    for (let index = 0; index < 8; index += 1) send(400 * KB);
    const peak = arena.size;
    read(8);
    for (let index = 0; index < 50_000; index += 1) {
      send(300);
      read();
    }
    assert.ok(peak > 1024 * KB);
    assert.equal(arena.size, 64 * KB);
  });

  it('gives everything back when asked, but not while something waits to be read', () => {
    const { arena, send, read } = setUp();
    send(1000);
    assert.equal(arena.release(), false);
    read();
    assert.equal(arena.release(), true);
    assert.equal(arena.size, 0);
    assert.notEqual(send(1000), -1);
  });
});
