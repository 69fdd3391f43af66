import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SharedOperations } from '#offloop/transport/atomics.js';
import { ArenaWriter } from '#offloop/transport/arena.js';
import {
  arm,
  disarm,
  offerReplyRoom,
  offerRequestRoom,
  park,
  ringParent,
  ringWorker,
  unpark,
  wantReplyRoom,
  wantRequestRoom,
} from '#offloop/transport/doorbell.js';
import { BELL, PARKED, RINGS } from '#offloop/transport/layout.js';
import { RingReader, RingWriter, type RingPlace } from '#offloop/transport/ring.js';
import { explore, type PlainOperations } from './explore.js';

/** Payload of a slot, behind its state. */
const VALUE = 1;
const nothing = (): void => {};

function ringOf(slots: number): RingPlace {
  return { words: new Int32Array(slots * 4), start: 0, slots, stride: 4 };
}

function send(writer: RingWriter, place: RingPlace, plain: PlainOperations, value: number): number {
  const slot = writer.next();
  if (slot === -1) return -1;
  plain.write(place.words, slot + VALUE, value);
  writer.publish(slot);
  return slot;
}

function receive(reader: RingReader, place: RingPlace, plain: PlainOperations): number {
  const slot = reader.claim(nothing);
  if (slot === -1) return 0;
  const value = plain.read(place.words, slot + VALUE);
  reader.release(slot);
  return value;
}

describe('every interleaving of the transport', () => {
  it('ring: what is read is what was published, in order, once, whole', () => {
    const place = ringOf(2);
    const { states } = explore({
      memory: [place.words],
      agents: [
        {
          name: 'writer',
          program: (shared, plain) => {
            const writer = new RingWriter(place, shared);
            return [11, 12, 13, 14].filter((value) => send(writer, place, plain, value) !== -1);
          },
        },
        {
          name: 'reader',
          program: (shared, plain) => {
            const reader = new RingReader(place, shared);
            return Array.from({ length: 5 }, () => receive(reader, place, plain)).filter((value) => value !== 0);
          },
        },
      ],
      check: ([sent, got]) => assert.deepEqual(got, (sent as number[]).slice(0, (got as number[]).length)),
    });
    assert.ok(states > 100);
  });

  it('claim and revoke: of the two exactly one succeeds, and the slot comes back', () => {
    const place = ringOf(2);
    explore({
      memory: [place.words],
      agents: [
        {
          name: 'writer',
          program: (shared, plain) => {
            const writer = new RingWriter(place, shared);
            const slots = [11, 12].map((value) => send(writer, place, plain, value));
            const revoked = [12, 11].filter((value) => writer.revoke(slots[value - 11] as number));
            const again = send(writer, place, plain, 13);
            return { revoked, again: again !== -1 };
          },
        },
        {
          name: 'reader',
          program: (shared, plain) => {
            const reader = new RingReader(place, shared);
            return Array.from({ length: 3 }, () => receive(reader, place, plain)).filter((value) => value !== 0);
          },
        },
      ],
      check: ([written, read]) => {
        const { revoked } = written as { revoked: number[] };
        const got = read as number[];
        assert.deepEqual(
          got.filter((value) => revoked.includes(value)),
          [],
          'a revoked request was read',
        );
        assert.deepEqual(
          got,
          got.toSorted((a, b) => a - b),
          'out of order',
        );
        assert.equal(new Set(got).size, got.length, 'read twice');
      },
    });
  });

  it('doorbell to a worker: a request never lies there while the worker sleeps', () => {
    const place = ringOf(4);
    const words = new Int32Array(16);
    explore({
      memory: [place.words, words],
      agents: [
        {
          name: 'parent',
          program: (shared, plain) => {
            const writer = new RingWriter(place, shared);
            for (const value of [1, 2, 3]) {
              send(writer, place, plain, value);
              ringWorker(shared, words);
            }
          },
        },
        { name: 'worker', program: (shared, plain) => workUntil(3, place, words, shared, plain) },
      ],
      check: ([, got]) => assert.deepEqual(got, [1, 2, 3]),
    });
  });

  it('doorbell to a worker: revoked requests in between do not hide the next', () => {
    const place = ringOf(4);
    const words = new Int32Array(16);
    explore({
      memory: [place.words, words],
      agents: [
        {
          name: 'parent',
          program: (shared, plain) => {
            const writer = new RingWriter(place, shared);
            const slot = send(writer, place, plain, 1);
            ringWorker(shared, words);
            const revoked = writer.revoke(slot);
            send(writer, place, plain, 2);
            ringWorker(shared, words);
            return revoked;
          },
        },
        {
          name: 'worker',
          program: (shared, plain) => workUntil(1, place, words, shared, plain, (value) => value === 2),
        },
      ],
      check: ([revoked, got]) => assert.deepEqual(got, revoked === true ? [2] : [1, 2]),
    });
  });

  it('doorbell to the parent: with two workers no reply is left lying', () => {
    const rings = [ringOf(2), ringOf(2)];
    const words = new Int32Array(32);
    const worker = (place: RingPlace, values: number[]) => (shared: SharedOperations, plain: PlainOperations) => {
      const writer = new RingWriter(place, shared);
      for (const value of values) {
        send(writer, place, plain, value);
        ringParent(shared, words);
      }
    };
    explore({
      memory: [...rings.map((place) => place.words), words],
      agents: [
        { name: 'first', program: worker(rings[0] as RingPlace, [1, 3]) },
        { name: 'second', program: worker(rings[1] as RingPlace, [2]) },
        {
          name: 'parent',
          program: (shared, plain) => {
            const readers = rings.map((place) => new RingReader(place, shared));
            const counts = [0, 0];
            for (;;) {
              plain.mark(`got ${counts.join()}`);
              for (const [index, reader] of readers.entries()) {
                if (receive(reader, rings[index] as RingPlace, plain) !== 0)
                  counts[index] = (counts[index] as number) + 1;
              }
              if (counts.join() === '2,1') return counts;
              const seen = arm(shared, words);
              if (readers.some((reader) => reader.take() !== -1)) disarm(shared, words);
              else shared.wait(words, RINGS, seen);
            }
          },
        },
      ],
      check: ([, , counts]) => assert.deepEqual(counts, [2, 1]),
    });
  });

  it('full ring of requests: the parent that waits for room is told', () => {
    const place = ringOf(1);
    const words = new Int32Array(48);
    const doorbell = new Int32Array(32);
    explore({
      memory: [place.words, words, doorbell],
      agents: [
        {
          name: 'parent',
          program: (shared, plain) => {
            const writer = new RingWriter(place, shared);
            for (const value of [1, 2, 3]) {
              for (;;) {
                plain.mark(`to send ${value}`);
                if (send(writer, place, plain, value) !== -1) break;
                const rings = arm(shared, doorbell);
                wantRequestRoom(shared, words);
                if (writer.next() === -1) shared.wait(doorbell, RINGS, rings);
              }
              ringWorker(shared, words);
            }
          },
        },
        { name: 'worker', program: (shared, plain) => workUntil(3, place, words, shared, plain, undefined, doorbell) },
      ],
      check: ([, got]) => assert.deepEqual(got, [1, 2, 3]),
    });
  });

  it('full ring of replies: the worker that waits for room is told', () => {
    const place = ringOf(1);
    const words = new Int32Array(48);
    const doorbell = new Int32Array(32);
    explore({
      memory: [place.words, words, doorbell],
      agents: [
        {
          name: 'worker',
          program: (shared, plain) => {
            const writer = new RingWriter(place, shared);
            for (const value of [1, 2, 3]) {
              for (;;) {
                plain.mark(`to send ${value}`);
                if (send(writer, place, plain, value) !== -1) break;
                park(shared, words);
                wantReplyRoom(shared, words);
                if (writer.next() === -1) shared.wait(words, BELL, PARKED);
                unpark(shared, words);
              }
              ringParent(shared, doorbell);
            }
          },
        },
        {
          name: 'parent',
          program: (shared, plain) => {
            const reader = new RingReader(place, shared);
            const got: number[] = [];
            while (got.length < 3) {
              plain.mark(`got ${got.join()}`);
              const value = receive(reader, place, plain);
              if (value !== 0) {
                got.push(value);
                offerReplyRoom(shared, words);
                continue;
              }
              const rings = arm(shared, doorbell);
              if (reader.take() === -1) shared.wait(doorbell, RINGS, rings);
            }
            return got;
          },
        },
      ],
      check: ([, got]) => assert.deepEqual(got, [1, 2, 3]),
    });
  });

  it('arena: memory is used again only after it was read', () => {
    const place = ringOf(4);
    // Two pieces of 64 bytes fit; one word of each stands for all.
    const memory = new Int32Array(64);
    explore({
      memory: [place.words, memory],
      agents: [
        {
          name: 'writer',
          program: (shared, plain) => {
            const writer = new RingWriter(place, shared);
            const arena = new ArenaWriter(writer, { announce: nothing }, 128);
            const sent: number[] = [];
            for (const value of [1, 2, 3, 4]) {
              const slot = writer.next();
              const offset = slot === -1 ? -1 : arena.put(new Uint8Array(64), 64);
              if (offset === -1) continue;
              plain.write(memory, offset / 4, value);
              plain.write(place.words, slot + VALUE, value);
              plain.write(place.words, slot + 2, offset);
              writer.publish(slot);
              sent.push(value);
            }
            return sent;
          },
        },
        {
          name: 'reader',
          program: (shared, plain) => {
            const reader = new RingReader(place, shared);
            const got: number[][] = [];
            for (let round = 0; round < 5; round += 1) {
              const slot = reader.claim(nothing);
              if (slot === -1) continue;
              const offset = plain.read(place.words, slot + 2);
              got.push([plain.read(place.words, slot + VALUE), plain.read(memory, offset / 4)]);
              reader.release(slot);
            }
            return got;
          },
        },
      ],
      check: ([, got]) => {
        for (const [value, content] of got as number[][]) assert.equal(content, value);
      },
    });
  });

  it('the explorer itself finds a lost wake-up, and prints the schedule', () => {
    const place = ringOf(2);
    const words = new Int32Array(16);
    const careless = (shared: SharedOperations, plain: PlainOperations): void => {
      const reader = new RingReader(place, shared);
      while (receive(reader, place, plain) === 0) {
        // Sleeps without the second look.
        park(shared, words);
        shared.wait(words, BELL, PARKED);
      }
    };
    assert.throws(
      () =>
        explore({
          memory: [place.words, words],
          agents: [
            {
              name: 'parent',
              program: (shared, plain) => {
                send(new RingWriter(place, shared), place, plain, 1);
                ringWorker(shared, words);
              },
            },
            { name: 'worker', program: careless },
          ],
          check: nothing,
        }),
      /Everybody waits[^]*schedule:\n {2}(worker|parent): /,
    );
  });
});

/** The loop of a worker, with the real operations: handle, look, park, look again, sleep. */
function workUntil(
  count: number,
  place: RingPlace,
  words: Int32Array,
  shared: SharedOperations,
  plain: PlainOperations,
  isLast?: (value: number) => boolean,
  parent?: Int32Array,
): number[] {
  const reader = new RingReader(place, shared);
  const got: number[] = [];
  for (;;) {
    // Where revoked slots are skipped, what was read does not tell the position.
    if (isLast === undefined) plain.mark(`got ${got.join()}`);
    const value = receive(reader, place, plain);
    if (value !== 0) {
      got.push(value);
      if (isLast === undefined ? got.length === count : isLast(value)) return got;
      continue;
    }
    if (parent !== undefined) offerRequestRoom(shared, words, parent);
    park(shared, words);
    if (reader.peek(nothing) === -1) shared.wait(words, BELL, PARKED);
    unpark(shared, words);
  }
}
