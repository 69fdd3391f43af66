import { receiveMessageOnPort, type MessagePort, type TransferListItem } from 'node:worker_threads';
import { RemoteError } from '../errors.ts';
import { ArenaWriter, type SegmentSink } from './arena.ts';
import type { SharedOperations } from './atomics.ts';
import type { Encoded } from './codec.ts';
import { sourceOf, type Source } from './codec-reader.ts';
import * as layout from './layout.ts';
import { RingReader, RingWriter, type RingPlace } from './ring.ts';

/**
 * One direction between a parent and a worker: a ring of slots, an arena and a port, and the rules which of them
 * carries a message. The slot keeps the order whatever the way: what travels by port is posted before the slot
 * is published, and fetched when the slot is read.
 */

/** A message on the port. */
interface Parcel {
  readonly number: number;
  readonly attachments?: readonly unknown[] | undefined;
  readonly bytes?: Uint8Array | undefined;
  /** New memory: of the arena, or shared by the user. */
  readonly memory?: SharedArrayBuffer | undefined;
  readonly segment?: number | undefined;
  readonly shown?: number | undefined;
  /** Numbers of memories that will not be sent again. */
  readonly gone?: readonly number[] | undefined;
}

/** Below, a loop is faster than a call of `set`. */
const LOOP_BYTES = 48;

export interface LanePlace {
  readonly words: Int32Array;
  /** The same memory by bytes. */
  readonly source: Source;
  readonly ring: RingPlace;
  readonly port: MessagePort;
}

/** Where the lanes of a block are: the requests' way, or the replies'. */
export function lanePlace(block: SharedArrayBuffer, first: number, port: MessagePort): LanePlace {
  const words = new Int32Array(block);
  const ring = { words, start: first, slots: layout.RING_SLOTS, stride: layout.SLOT_WORDS };
  return { words, source: sourceOf(new Uint8Array(block)), ring, port };
}

/** The sending end. */
export class LaneWriter implements SegmentSink {
  readonly ring: RingWriter;
  readonly arena: ArenaWriter;
  readonly #place: LanePlace;
  /** Parcels posted so far. */
  #parcels = 0;
  /** The last of them that a slot has named: what was posted since goes with the next slot, whichever that is. */
  #named = 0;

  constructor(place: LanePlace, shared: SharedOperations) {
    this.#place = place;
    this.ring = new RingWriter(place.ring, shared);
    this.arena = new ArenaWriter(this.ring, this);
  }

  /**
   * Fills the slot that `ring.next()` gave and publishes it.
   * @throws DataCloneError for an attachment that cannot be cloned; then nothing was published.
   */
  send(slot: number, ticket: number, kind: number, flags: number, target: number, message: Encoded): void {
    const { words } = this.#place;
    const { length } = message;
    let where = layout.IN_SLOT;
    if (message.attachments !== undefined || message.transfer !== undefined) {
      if (length > layout.INLINE_BYTES) where = layout.IN_PARCEL;
      this.#post(message, where === layout.IN_PARCEL);
      if (where === layout.IN_SLOT) this.#fill(slot, message);
    } else if (length <= layout.INLINE_BYTES) {
      this.#fill(slot, message);
    } else {
      const offset = this.arena.put(message.bytes, length);
      where = offset === -1 ? layout.IN_PARCEL : layout.IN_ARENA;
      if (offset === -1) this.#post(message, true);
      words[slot + layout.OFFSET] = offset;
      words[slot + layout.SEGMENT] = this.arena.segment;
    }
    words[slot + layout.TICKET] = ticket;
    words[slot + layout.HEAD] = kind | (flags << 8) | (where << 16);
    words[slot + layout.TARGET] = target;
    words[slot + layout.LENGTH] = length;
    words[slot + layout.PARCEL] = this.#named === this.#parcels ? 0 : this.#parcels;
    this.#named = this.#parcels;
    this.ring.publish(slot);
  }

  announce(segment: number, memory: SharedArrayBuffer): void {
    this.#parcels += 1;
    this.#place.port.postMessage({ number: this.#parcels, segment, memory } satisfies Parcel, []);
  }

  /** Shows shared memory to the reader, before it reads the next message. */
  show(number: number, memory: SharedArrayBuffer): void {
    this.#parcels += 1;
    this.#place.port.postMessage({ number: this.#parcels, shown: number, memory } satisfies Parcel, []);
  }

  /** Tells the reader, with the next message, what it need not keep any more. */
  retract(gone: readonly number[]): void {
    this.#parcels += 1;
    this.#place.port.postMessage({ number: this.#parcels, gone } satisfies Parcel, []);
  }

  #post(message: Encoded, withBytes: boolean): void {
    const { attachments } = message;
    const bytes = withBytes ? new Uint8Array(message.bytes.subarray(0, message.length)) : undefined;
    const transfer = bytes === undefined ? (message.transfer ?? []) : [...(message.transfer ?? []), bytes.buffer];
    const number = this.#parcels + 1;
    this.#place.port.postMessage({ number, attachments, bytes } satisfies Parcel, transfer as TransferListItem[]);
    this.#parcels = number;
  }

  #fill(slot: number, message: Encoded): void {
    const target = this.#place.source.bytes;
    const start = (slot + layout.PAYLOAD) * 4;
    const { bytes, length } = message;
    if (length > LOOP_BYTES) target.set(bytes.subarray(0, length), start);
    else for (let index = 0; index < length; index += 1) target[start + index] = bytes[index] as number;
  }
}

/** The receiving end. `open` points `source`, `position` and `attachments` at the payload of a slot. */
export class LaneReader {
  readonly ring: RingReader;
  readonly #place: LanePlace;
  source: Source;
  position = 0;
  attachments: readonly unknown[] | undefined;
  /** What the sender has shown, by number. */
  readonly memories: Map<number, SharedArrayBuffer> = new Map<number, SharedArrayBuffer>();
  #arena: Source | undefined;
  #segment = 0;
  #parcel: Parcel | undefined;

  constructor(place: LanePlace, shared: SharedOperations) {
    this.#place = place;
    this.source = place.source;
    this.ring = new RingReader(place.ring, shared);
  }

  /** Finds the payload of a slot that was claimed. */
  open(slot: number): void {
    const { words, source } = this.#place;
    const where = ((words[slot + layout.HEAD] as number) >> 16) & 0xff;
    const parcel = words[slot + layout.PARCEL] as number;
    if (parcel !== 0) {
      this.#fetch(parcel);
      this.attachments = this.#parcel?.attachments;
    }
    if (where === layout.IN_SLOT) {
      this.source = source;
      this.position = (slot + layout.PAYLOAD) * 4;
    } else if (where === layout.IN_ARENA) {
      this.source = this.#arenaOf(words[slot + layout.SEGMENT] as number);
      this.position = words[slot + layout.OFFSET] as number;
    } else {
      this.source = sourceOf(this.#parcel?.bytes ?? new Uint8Array(0));
      this.position = 0;
    }
  }

  /** Lets go of the payload. */
  close(): void {
    if (this.attachments !== undefined) this.attachments = undefined;
    if (this.#parcel !== undefined) {
      this.#parcel = undefined;
      this.source = this.#place.source;
    }
  }

  /** Throws away what a revoked slot has on the port. */
  readonly discard = (slot: number): void => {
    const parcel = this.#place.words[slot + layout.PARCEL] as number;
    if (parcel !== 0) this.#fetch(parcel);
    this.close();
  };

  #arenaOf(segment: number): Source {
    while (this.#segment !== segment) this.#receive();
    return this.#arena as Source;
  }

  #fetch(number: number): void {
    do this.#receive();
    while (this.#parcel?.number !== number);
  }

  /** Parcels come in the order of their slots, so new memory always replaces memory that was read to the end. */
  #receive(): void {
    const received = receiveMessageOnPort(this.#place.port);
    if (received === undefined) throw new RemoteError('Part of a message between two threads is missing');
    const parcel = received.message as Parcel;
    this.#parcel = parcel;
    if (parcel.gone !== undefined) for (const number of parcel.gone) this.memories.delete(number);
    if (parcel.memory === undefined) return;
    if (parcel.shown !== undefined) this.memories.set(parcel.shown, parcel.memory);
    if (parcel.segment === undefined) return;
    this.#segment = parcel.segment;
    this.#arena = sourceOf(new Uint8Array(parcel.memory));
  }
}
