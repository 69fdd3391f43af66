import type { MessagePort } from 'node:worker_threads';
import { SerializationError } from '../errors.ts';
import { sharedOperations as shared } from './atomics.ts';
import { channelMemory, type ChannelMemory } from './channel-memory.ts';
import { Decoder, type Encoded } from './codec.ts';
import { offerReplyRoom, ringWorker, wantRequestRoom } from './doorbell.ts';
import type { ResolveClass } from './error-shape.ts';
import { LaneReader, LaneWriter, lanePlace } from './lane.ts';
import * as layout from './layout.ts';
import type { Drainable, ParentDoorbell } from './parent-doorbell.ts';
import { CONTROL, FAILURE, FINAL, TRIM, type ChannelData } from './protocol.ts';
import { ShownMemories } from './shown-memories.ts';
import { Tickets } from './tickets.ts';
import { serializationError } from './unclonable.ts';

/** Stands for the channel itself where others have a token. */
const OWN: unique symbol = Symbol('own');

/** What happens to what comes from the worker. */
export interface ParentHandlers<Token> {
  /**
   * `token` is what the request was posted with. `kind` is `VALUE`, `FAILURE` or one of the worker's own; after a
   * final one the request is over.
   */
  readonly reply: (token: Token, kind: number, value: unknown, final: boolean) => void;
  /** There is room again after a `post` that found none. */
  readonly room?: (() => void) | undefined;
  /** The replies that had come were passed on; there was at least one. */
  readonly drained?: (() => void) | undefined;
  /** Finds classes of errors by name, for the reply to the request with this token. */
  readonly resolveClass?: ((name: string, token: Token | undefined) => ReturnType<ResolveClass>) | undefined;
}

/** A request that is out. */
export interface Outstanding<Token> {
  readonly ticket: number;
  readonly token: Token;
  /** False as long as the worker has not begun it: it can be given to another as if nothing had happened. */
  readonly begun: boolean;
}

/** The parent's end of the channel to one worker. Never blocks. */
export class ParentChannel<Token> implements Drainable {
  /** For the worker: `workerData: { …, channel: data }, transferList: [data.port]`. */
  readonly data: ChannelData;
  readonly #doorbell: ParentDoorbell;
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  readonly #requests: LaneWriter;
  readonly #replies: LaneReader;
  readonly #decoder: Decoder;
  readonly #tickets = new Tickets<Token | typeof OWN>();
  readonly #onReply: ParentHandlers<Token>['reply'];
  readonly #onRoom: (() => void) | undefined;
  readonly #onDrained: (() => void) | undefined;
  /** Whose reply is being read. */
  #answering: Token | undefined;
  #wantsRoom = false;
  readonly #memories: ShownMemories;
  /** Something was posted for which the worker may have to be woken. */
  #unrung = false;
  #closed = false;

  constructor(doorbell: ParentDoorbell, handlers: ParentHandlers<Token>, memory: ChannelMemory = channelMemory()) {
    const { block, port } = memory;
    this.#port = port;
    this.data = { block, doorbell: doorbell.shared, port: memory.workerPort };
    this.#doorbell = doorbell;
    this.#onReply = handlers.reply;
    this.#onRoom = handlers.room;
    this.#onDrained = handlers.drained;
    this.#words = new Int32Array(block);
    this.#requests = new LaneWriter(lanePlace(block, layout.REQUESTS, port), shared);
    this.#replies = new LaneReader(lanePlace(block, layout.REPLIES, port), shared);
    this.#memories = new ShownMemories(doorbell.memories, this.#requests);
    const { resolveClass } = handlers;
    this.#decoder = new Decoder(resolveClass && ((name) => resolveClass(name, this.#answering)));
    doorbell.add(this);
  }

  get outstanding(): number {
    return this.#tickets.size;
  }

  get expecting(): boolean {
    return this.#tickets.size > 0 || this.#wantsRoom;
  }

  get ready(): boolean {
    if (this.#wantsRoom) {
      wantRequestRoom(shared, this.#words);
      if (this.#next() !== -1) return true;
    }
    return this.#replies.ring.take() !== -1;
  }

  /** Ticket of the request that the worker began last; 0 before the first. */
  get running(): number {
    return shared.load(this.#words, layout.RUNNING);
  }

  /** True once the worker's event loop has ended by itself. */
  get exited(): boolean {
    return shared.load(this.#words, layout.EXITED) !== 0;
  }

  /**
   * Sends a request with these arguments, copied now. Its ticket, or 0 when the ring is full: try again after
   * a reply.
   * @throws SerializationError when they cannot be sent; the channel is as before.
   */
  post(
    token: Token,
    kind: number,
    target: number,
    flags: number,
    values: readonly unknown[],
    transfer?: readonly object[],
  ): number {
    const slot = this.#room();
    if (slot === -1) return 0;
    const message = this.#doorbell.encoder.encodeList(values, 'args', transfer);
    return this.#send(slot, token, kind, target, flags, message, values);
  }

  /** The same with arguments encoded before, by `encoder.encodeList` and `snapshot`. */
  postEncoded(token: Token, kind: number, target: number, flags: number, message: Encoded): number {
    const slot = this.#room();
    if (slot === -1) return 0;
    return this.#send(slot, token, kind, target, flags, message, message.attachments);
  }

  /** A free slot, or -1; then `room` is going to be called. */
  #room(): number {
    if (this.#closed) return -1;
    const slot = this.#next();
    if (slot !== -1) return slot;
    this.#wantsRoom = true;
    this.#doorbell.expect();
    // Said again and looked at once more whenever the doorbell is armed.
    wantRequestRoom(shared, this.#words);
    return this.#next();
  }

  #next(): number {
    return this.#tickets.full ? -1 : this.#requests.ring.next();
  }

  #send(
    slot: number,
    token: Token,
    kind: number,
    target: number,
    flags: number,
    message: Encoded,
    values: unknown,
  ): number {
    const { memories } = message;
    const ticket = this.#tickets.issue(token, slot, this.#requests.ring.count, memories);
    if (memories !== undefined) this.#memories.show(memories);
    try {
      this.#requests.send(slot, ticket, kind, flags, target, message);
    } catch (error) {
      this.#tickets.redeem(ticket);
      throw error instanceof SerializationError ? error : serializationError(values, 'args', error, message.transfer);
    }
    this.#unrung = true;
    if (!this.#doorbell.reading) this.ring();
    this.#doorbell.expect();
    return ticket;
  }

  retract(number: number): void {
    this.#memories.retract(number);
  }

  setPatience(microseconds: number): void {
    shared.store(this.#words, layout.PATIENCE, microseconds);
  }

  ring(): void {
    if (!this.#unrung) return;
    this.#unrung = false;
    ringWorker(shared, this.#words);
  }

  /**
   * Takes a request back that the worker has not begun. True if it never will: there is no reply, and the
   * token is free. False if it has begun or was answered.
   */
  revoke(ticket: number): boolean {
    const place = this.#tickets.find(ticket);
    if (place === undefined || this.#begun(place.slot, place.count)) return false;
    if (!this.#requests.ring.revoke(place.slot)) return false;
    this.#tickets.redeem(ticket);
    return true;
  }

  /** Asks the worker to stop a request it has begun: `cancelRequested(ticket)` is true there from now on. */
  requestCancel(ticket: number): void {
    if (this.#tickets.find(ticket) === undefined) return;
    shared.store(this.#words, layout.CANCELS + (ticket & layout.CANCELS_MASK), ticket);
    shared.add(this.#words, layout.CANCEL_COUNT, 1);
    ringWorker(shared, this.#words);
  }

  /** Ends the interest in a request. Replies that still come are thrown away. Its token, if it was out. */
  forget(ticket: number): Token | undefined {
    return this.#tickets.redeem(ticket) as Token | undefined;
  }

  /** Whether the worker has begun a request. */
  begun(ticket: number): boolean {
    const place = this.#tickets.find(ticket);
    return place !== undefined && this.#begun(place.slot, place.count);
  }

  /** All requests without a final reply. */
  *entries(): Generator<Outstanding<Token>> {
    for (const [ticket, { token, slot, count }] of this.#tickets.entries()) {
      if (token !== OWN) yield { ticket, token: token as Token, begun: this.#begun(slot, count) };
    }
  }

  drain(limit: number, bytes: number = Infinity): number {
    const { ring } = this.#replies;
    let count = 0;
    let read = 0;
    while (count < limit && read < bytes && !this.#closed) {
      const slot = ring.take();
      if (slot === -1) break;
      count += 1;
      read += this.#words[slot + layout.LENGTH] as number;
      this.#deliver(slot);
    }
    if (count !== 0) offerReplyRoom(shared, this.#words);
    if (this.#wantsRoom && this.#next() !== -1) {
      this.#wantsRoom = false;
      this.#onRoom?.();
    }
    if (count !== 0) this.#onDrained?.();
    return count;
  }

  #deliver(slot: number): void {
    const words = this.#words;
    const ticket = words[slot + layout.TICKET] as number;
    const head = words[slot + layout.HEAD] as number;
    const final = ((head >> 8) & FINAL) !== 0;
    let kind = head & 0xff;
    let value: unknown;
    const place = this.#tickets.find(ticket);
    const token = place?.token;
    if (final && place !== undefined) {
      // It has read what it was sent.
      if (place.memories !== undefined) this.#doorbell.blocks.release(place.memories);
      this.#tickets.redeem(ticket);
    }
    this.#answering = token === OWN ? undefined : token;
    try {
      this.#replies.open(slot);
      value = this.#decoder.decode(this.#replies.source, this.#replies.position, this.#replies.attachments);
    } catch (error) {
      kind = FAILURE;
      value = error;
    } finally {
      this.#replies.close();
      this.#replies.ring.release(slot);
    }
    this.#answering = undefined;
    if (token !== undefined && token !== OWN) this.#onReply(token, kind, value, final);
  }

  get untidy(): boolean {
    return this.#requests.arena.size > 0 || this.#memories.untidy;
  }

  /** Gives memory for large payloads back, here and over there. For a worker that has become idle; wakes it once. */
  tidy(): void {
    if (!this.untidy || this.#closed) return;
    const slot = this.#requests.ring.next();
    if (slot === -1) return;
    this.#memories.sayRetracted();
    this.#requests.arena.release();
    const ticket = this.#tickets.issue(OWN, slot, this.#requests.ring.count, undefined);
    const bytes = new Uint8Array(4);
    const message = { bytes, length: 4, attachments: undefined, transfer: undefined, memories: undefined };
    this.#requests.send(slot, ticket, 0, CONTROL | TRIM, 0, message);
    ringWorker(shared, this.#words);
    this.#doorbell.expect();
  }

  /** Ends the channel. What is out gets no reply any more; see `entries` before. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#doorbell.remove(this);
    this.#port.close();
  }

  #begun(slot: number, count: number): boolean {
    const { ring } = this.#requests;
    // A slot that was published again since holds another request.
    return (ring.count - count) >>> 0 > layout.RING_SLOTS || !ring.waiting(slot);
  }
}
