/**
 * How the results of calls get back into a thread. Calls come with the other replies of a worker, through its ring; their
 * results go through a port, because a thread that blocks until it has one must not read its ring: the next job lies there.
 *
 * One shared word beside the port counts what was posted. Only the parent writes it, after each message; a thread that
 * blocks reads it, looks into the port, and sleeps while the word is as it was: so no message is missed.
 */
import { MessageChannel, receiveMessageOnPort, type MessagePort, type TransferListItem } from 'node:worker_threads';
import { Decoder, Encoder } from '../transport/codec.ts';
import { sourceOf } from '../transport/codec-reader.ts';
import type { Callbacks } from '../worker/callbacks.ts';
import { CallOutcome } from '../worker/protocol.ts';

/** The worker's end. */
export interface RepliesData {
  readonly port: MessagePort;
  readonly posted: Int32Array;
}

type ReplyMessage = readonly [
  id: number,
  outcome: CallOutcome,
  value: Uint8Array,
  attachments: readonly unknown[] | undefined,
];

/** Callbacks do not go this way: they belong to a job. */
let encoder: Encoder | undefined;

/** The pool's end. */
export class CallReplies {
  readonly data: RepliesData;
  readonly #port: MessagePort;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.data = { port: port2, posted: new Int32Array(new SharedArrayBuffer(4)) };
  }

  /** @throws SerializationError */
  send(id: number, outcome: CallOutcome, value: unknown, transfer: readonly object[] | undefined): void {
    encoder ??= new Encoder();
    const encoded =
      outcome === CallOutcome.value ? encoder.encode(value, 'result', transfer) : encoder.encodeThrown(value);
    const bytes = encoded.bytes.slice(0, encoded.length);
    const message: ReplyMessage = [id, outcome, bytes, encoded.attachments];
    this.#port.postMessage(message, (encoded.transfer ?? []) as TransferListItem[]);
    Atomics.add(this.data.posted, 0, 1);
    Atomics.notify(this.data.posted, 0);
  }

  close(): void {
    this.#port.close();
  }
}

/** Where a worker gets its replies from: its event loop, or a call that blocks. */
export class ReplyPort {
  readonly #port: MessagePort;
  readonly #posted: Int32Array;
  readonly #callbacks: Callbacks;
  readonly #decoder = new Decoder();

  constructor({ port, posted }: RepliesData, callbacks: Callbacks) {
    this.#port = port;
    this.#posted = posted;
    this.#callbacks = callbacks;
    port.on('message', (message: ReplyMessage) => this.#deliver(message));
    // The channel that brings the jobs keeps the worker alive.
    port.unref();
  }

  /** Delivers one reply, after blocking for at most `timeout` ms if there is none yet. */
  wait(timeout: number): void {
    const posted = Atomics.load(this.#posted, 0);
    if (!this.#take()) {
      Atomics.wait(this.#posted, 0, posted, timeout);
      this.#take();
    }
  }

  #take(): boolean {
    const received = receiveMessageOnPort(this.#port);
    if (received === undefined) return false;
    this.#deliver(received.message as ReplyMessage);
    return true;
  }

  #deliver([id, outcome, value, attachments]: ReplyMessage): void {
    this.#callbacks.reply(id, outcome, this.#decoder.decode(sourceOf(value), 0, attachments));
  }
}
