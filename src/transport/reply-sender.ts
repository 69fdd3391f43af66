import { RemoteError } from '../errors.ts';
import { sharedOperations as shared } from './atomics.ts';
import { Encoder, snapshot, type Encoded } from './codec.ts';
import { ringParent, wantReplyRoom } from './doorbell.ts';
import { LaneWriter, type LanePlace } from './lane.ts';
import { FAILURE, FINAL, VALUE } from './protocol.ts';
import { serializationError } from './unclonable.ts';

/** A reply for which the ring has no room yet. */
interface Waiting {
  readonly ticket: number;
  readonly kind: number;
  readonly flags: number;
  readonly message: Encoded;
}

/** `undefined` as the codec writes it. */
const NOTHING: Encoded = {
  bytes: Uint8Array.of(0xe0),
  length: 1,
  attachments: undefined,
  transfer: undefined,
  memories: undefined,
};

/** Sends replies to the parent, in order, and keeps those for which the ring has no room. */
export class ReplySender {
  readonly #words: Int32Array;
  readonly #doorbell: Int32Array;
  readonly #lane: LaneWriter;
  readonly #encoder = new Encoder();
  readonly #waiting: Waiting[] = [];

  constructor(place: LanePlace, doorbell: Int32Array) {
    this.#words = place.words;
    this.#doorbell = doorbell;
    this.#lane = new LaneWriter(place, shared);
  }

  /** Replies that wait because the parent does not read. */
  get backlog(): number {
    return this.#waiting.length;
  }

  /** Asks for room, after parking; true if there is some already and the worker must not sleep. */
  wantsRoom(): boolean {
    if (this.#waiting.length === 0) return false;
    wantReplyRoom(shared, this.#words);
    return this.#lane.ring.next() !== -1;
  }

  /** The answer to a request. A value that cannot be sent becomes the failure that says so. */
  value(ticket: number, value: unknown, transfer?: readonly object[], shape: 'value' | 'array' = 'value'): void {
    let message: Encoded;
    try {
      message =
        shape === 'value'
          ? this.#encoder.encode(value, 'result', transfer)
          : this.#encoder.encodeArray(value as readonly unknown[], 'result', transfer);
    } catch (error) {
      this.failure(ticket, error);
      return;
    }
    try {
      this.#send(ticket, VALUE, FINAL, message);
    } catch (error) {
      this.failure(ticket, serializationError(value, 'result', error, transfer));
    }
  }

  failure(ticket: number, thrown: unknown): void {
    try {
      this.#send(ticket, FAILURE, FINAL, this.#encoder.encodeThrown(thrown));
    } catch (error) {
      // Something in it that only structured clone carries, and refuses. A failure must arrive whatever it holds.
      const reason = serializationError(thrown, 'the error', error);
      this.#send(ticket, FAILURE, FINAL, this.#encoder.encodeThrown(new RemoteError(reason.message)));
    }
  }

  /**
   * Something about a request that goes on.
   * @throws SerializationError
   */
  part(ticket: number, kind: number, value: unknown, transfer?: readonly object[]): void {
    const message = this.#encoder.encode(value, 'the value', transfer);
    try {
      this.#send(ticket, kind, 0, message);
    } catch (error) {
      throw serializationError(value, 'the value', error, transfer);
    }
  }

  /** Answers the request to give memory back. */
  trimmed(ticket: number): void {
    const { arena, ring } = this.#lane;
    if (arena.size !== 0 && this.#waiting.length === 0 && ring.next() !== -1) arena.release();
    this.#send(ticket, VALUE, FINAL, NOTHING);
  }

  /** Sends what waits, as far as there is room. */
  flush(): void {
    while (this.#waiting.length > 0) {
      const slot = this.#lane.ring.next();
      if (slot === -1) return;
      const { ticket, kind, flags, message } = this.#waiting.shift() as Waiting;
      this.#lane.send(slot, ticket, kind, flags, 0, message);
      ringParent(shared, this.#doorbell);
    }
  }

  #send(ticket: number, kind: number, flags: number, message: Encoded): void {
    const slot = this.#waiting.length === 0 ? this.#lane.ring.next() : -1;
    if (slot === -1) {
      this.#waiting.push({ ticket, kind, flags, message: snapshot(message) });
      return;
    }
    this.#lane.send(slot, ticket, kind, flags, 0, message);
    ringParent(shared, this.#doorbell);
  }
}
