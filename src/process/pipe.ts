import { readSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { FrameReader, FrameWriter, type Body, type Message } from '../transport/frames.ts';
import { setImmediate } from '../transport/own-timers.ts';

/** Most bytes given to the event loop at a time: what it holds cannot be taken back by a thread that blocks. */
const CHUNK_BYTES = 64 * 1024;

export interface PipeEvents {
  message(message: Message): void;
  /** All messages that came in one piece were passed on. */
  passed(): void;
  /** Everything is written, after it was not for a while. */
  drained?(): void;
  /** Once, when the pipe is closed, by whichever side; with an error when what came were no messages. */
  closed(error?: Error): void;
}

/**
 * One end of a duplex pipe between a pool and a child: messages in both directions.
 *
 * A write that the pipe does not take at once is left to the event loop, one chunk after the other. The file descriptor
 * underneath never blocks, so a thread that must not return to its event loop can read and write on it directly and in
 * order (`readNow`, `flushNow`).
 */
export class Pipe {
  readonly #socket: Socket;
  /** -1 where streams have no file descriptor (Windows): everything goes through the event loop there. */
  readonly #fd: number;
  readonly #events: PipeEvents;
  readonly #reader: FrameReader;
  readonly #writer = new FrameWriter();
  /** Messages that have arrived and were not delivered yet: shared by a delivery and one that is nested in it. */
  #arrived: Message[] = [];
  #next = 0;
  #scheduled = false;
  /** The event loop has a chunk that it has not written yet. */
  #loopWrites = false;
  #closed = false;
  /** Something that was no message has come. */
  #garbage: Error | undefined;
  #scratch: Buffer | undefined;

  constructor(socket: Socket, events: PipeEvents) {
    this.#socket = socket;
    this.#fd = fileDescriptor(socket);
    this.#events = events;
    this.#reader = new FrameReader((message) => this.#arrived.push(message));
    socket.on('data', (piece: Buffer) => {
      this.#take(piece);
      this.#deliver();
    });
    socket.on('close', () => {
      this.#close();
      events.closed(this.#garbage);
    });
    // What went wrong on the pipe shows in how the other side ends; the pipe itself has nothing to add.
    socket.on('error', () => this.#close());
  }

  /** False when a blocked thread cannot read or write here. */
  get canBlock(): boolean {
    return this.#fd >= 0 && !this.#loopWrites;
  }

  /** Bytes that the other side has not taken. */
  get pending(): number {
    return this.#writer.pending;
  }

  /** Adds a message to what is sent by the next `flush`. The body is copied now. */
  add(kind: number, flags: number, ticket: number, target: number, body?: Body): void {
    if (!this.#closed) this.#writer.add(kind, flags, ticket, target, body);
  }

  /** Sends what was added, together with what else is added in this turn of the event loop. */
  flushSoon(): void {
    if (this.#scheduled || this.#writer.pending === 0) return;
    this.#scheduled = true;
    // Not a microtask: promises that settle in this turn send more.
    setImmediate(this.#flushScheduled);
  }

  /** Writes what the pipe takes, without the event loop. */
  flushNow(): void {
    if (this.canBlock && !this.#closed) this.#writeDirectly();
  }

  /** Sends what was added: the pipe has it, or as much as it takes, when this returns. */
  flush(): void {
    if (this.#loopWrites || this.#closed) return;
    this.flushNow();
    const rest = this.#writer.next();
    if (rest === undefined) return;
    const chunk = rest.subarray(0, CHUNK_BYTES);
    this.#loopWrites = true;
    this.#socket.write(chunk, () => {
      this.#loopWrites = false;
      if (this.#closed) return;
      this.#writer.written(chunk.length);
      this.flush();
      if (this.#writer.pending === 0) this.#events.drained?.();
    });
  }

  /**
   * Reads what lies in the pipe, without the event loop, and delivers it.
   * @returns messages delivered; -1 when the other side is gone.
   */
  readNow(): number {
    if (this.#closed || this.#fd < 0) return this.#deliver();
    this.#scratch ??= Buffer.allocUnsafeSlow(CHUNK_BYTES);
    while (!this.#closed) {
      const count = this.#readSome(this.#scratch);
      if (count === undefined) return this.#deliver();
      if (count === 0) return this.#deliver() || -1;
      // Messages are handed out as views: each piece needs memory of its own.
      this.#take(Buffer.from(this.#scratch.subarray(0, count)));
    }
    return this.#deliver() || -1;
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** Closes this side when everything sent is written. */
  end(): void {
    this.flush();
    this.#socket.end();
  }

  destroy(): void {
    this.#close();
    this.#socket.destroy();
  }

  readonly #flushScheduled = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  #take(piece: Buffer): void {
    try {
      this.#reader.push(piece);
    } catch (error) {
      this.#garbage = error as Error;
      this.destroy();
    }
  }

  #deliver(): number {
    let delivered = 0;
    while (this.#next < this.#arrived.length) {
      const message = this.#arrived[this.#next] as Message;
      this.#next += 1;
      delivered += 1;
      this.#events.message(message);
    }
    if (delivered === 0) return 0;
    this.#arrived = [];
    this.#next = 0;
    this.#events.passed();
    return delivered;
  }

  #writeDirectly(): void {
    for (let bytes = this.#writer.next(); bytes !== undefined; bytes = this.#writer.next()) {
      const written = this.#writeSome(bytes);
      if (this.#closed) return;
      this.#writer.written(written);
      if (written < bytes.length) return;
    }
  }

  #writeSome(bytes: Uint8Array): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      // The other side is gone when it is anything else: nobody will read the rest.
      if (!isAgain(error)) this.#close();
      return 0;
    }
  }

  /** Bytes read; 0 at the end; undefined when there is nothing now. */
  #readSome(into: Buffer): number | undefined {
    try {
      return readSync(this.#fd, into);
    } catch (error) {
      return isAgain(error) ? undefined : 0;
    }
  }

  #close(): void {
    this.#closed = true;
    this.#writer.clear();
  }
}

function isAgain(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EINTR';
}

/** Node has no public way to ask a socket for its descriptor; without one the event loop does all the work. */
function fileDescriptor(socket: Socket): number {
  return (socket as { _handle?: { fd?: number } })._handle?.fd ?? -1;
}
