import { readSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { frameHeader, FrameReader } from './frame-reader.ts';
import { queueMicrotask } from '../transport/own-timers.ts';

/** The descriptor of a child's end: the first after stdin, stdout and stderr. */
export const PIPE_FD = 3;

/** Most bytes given to the event loop at a time: what it holds cannot be taken back by a thread that blocks. */
const CHUNK_BYTES = 64 * 1024;

export interface PipeEvents {
  /** The body of a frame. */
  frame(body: Buffer): void;
  /** Once, when the pipe is closed, by whichever side. */
  closed(): void;
}

/**
 * One end of the duplex pipe between a pool and a child: frames in both directions.
 *
 * What is sent within one turn goes out in one system call. A write that the pipe does not take at once is left to the
 * event loop, one chunk after the other. The file descriptor underneath never blocks, so a thread that must not return
 * to its event loop can read and write on it directly and in order (`readNow`, `flushNow`).
 */
export class Pipe {
  readonly #socket: Socket;
  /** -1 where streams have no file descriptor (Windows): everything goes through the event loop there. */
  readonly #fd: number;
  readonly #events: PipeEvents;
  readonly #reader = new FrameReader();
  /** Frames that have arrived and were not delivered yet: shared by a delivery and one that is nested in it. */
  readonly #arrived: Buffer[] = [];
  #outgoing: Buffer[] = [];
  #scheduled = false;
  /** The event loop has a chunk that it has not written yet. */
  #loopWrites = false;
  #closed = false;
  #scratch: Buffer | undefined;

  constructor(socket: Socket, events: PipeEvents) {
    this.#socket = socket;
    this.#fd = fileDescriptor(socket);
    this.#events = events;
    socket.on('data', (piece: Buffer) => this.#take(piece));
    socket.on('close', () => {
      this.#close();
      events.closed();
    });
    // What went wrong on the pipe shows in how the other side ends; the pipe itself has nothing to add.
    socket.on('error', () => this.#close());
  }

  /** False when a blocked thread cannot read or write here. */
  get canBlock(): boolean {
    return this.#fd >= 0 && !this.#loopWrites;
  }

  /** The pipe has not taken everything yet that was to be sent. */
  get hasBacklog(): boolean {
    return !this.#closed && (this.#loopWrites || this.#outgoing.length > 0);
  }

  /** Sends a frame at the end of this turn, together with what else is sent until then. */
  send(body: Buffer): void {
    if (this.#closed) return;
    this.#outgoing.push(frameHeader(body.length), body);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** Sends a frame now: the pipe has it, or as much as it takes, when this returns. */
  sendNow(body: Buffer): void {
    if (this.#closed) return;
    this.#outgoing.push(frameHeader(body.length), body);
    this.#flush();
  }

  /** Writes what the pipe takes, without the event loop. */
  flushNow(): void {
    if (this.canBlock) this.#writeDirectly();
  }

  /**
   * Reads what lies in the pipe, without the event loop, and delivers it.
   * @returns frames delivered; -1 when the other side is gone.
   */
  readNow(): number {
    if (this.#closed || this.#fd < 0) return this.#deliver();
    this.#scratch ??= Buffer.allocUnsafeSlow(CHUNK_BYTES);
    for (;;) {
      const count = this.#readSome(this.#scratch);
      if (count === undefined) return this.#deliver();
      if (count === 0) return this.#deliver() || -1;
      // Frames are handed out as views: each piece needs memory of its own.
      this.#reader.push(Buffer.from(this.#scratch.subarray(0, count)), this.#arrived);
    }
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** Closes this side when everything sent is written. */
  end(): void {
    this.#flush();
    this.#socket.end();
  }

  destroy(): void {
    this.#close();
    this.#socket.destroy();
  }

  #take(piece: Buffer): void {
    this.#reader.push(piece, this.#arrived);
    this.#deliver();
  }

  #deliver(): number {
    let delivered = 0;
    for (let body = this.#arrived.shift(); body !== undefined; body = this.#arrived.shift()) {
      delivered += 1;
      this.#events.frame(body);
    }
    return delivered;
  }

  #flush(): void {
    if (this.#loopWrites || this.#outgoing.length === 0) return;
    if (this.#fd >= 0) this.#writeDirectly();
    if (this.#outgoing.length === 0) return;
    const chunk = this.#takeChunk();
    this.#loopWrites = true;
    this.#socket.write(chunk, () => {
      this.#loopWrites = false;
      this.#flush();
    });
  }

  #writeDirectly(): void {
    while (this.#outgoing.length > 0) {
      const chunk = this.#takeChunk();
      const written = this.#writeSome(chunk);
      if (written < chunk.length) {
        if (!this.#closed) this.#outgoing.unshift(chunk.subarray(written));
        return;
      }
    }
  }

  /** The next bytes to write: small frames joined, large ones in slices. */
  #takeChunk(): Buffer {
    const [first] = this.#outgoing as [Buffer];
    if (first.length >= CHUNK_BYTES) {
      if (first.length === CHUNK_BYTES) this.#outgoing.shift();
      else this.#outgoing[0] = first.subarray(CHUNK_BYTES);
      return first.subarray(0, CHUNK_BYTES);
    }
    let count = 0;
    for (let bytes = 0; count < this.#outgoing.length; count++) {
      bytes += (this.#outgoing[count] as Buffer).length;
      if (bytes > CHUNK_BYTES) break;
    }
    if (count === 1) {
      this.#outgoing.shift();
      return first;
    }
    return Buffer.concat(this.#outgoing.splice(0, count));
  }

  #writeSome(chunk: Buffer): number {
    try {
      return writeSync(this.#fd, chunk);
    } catch (error) {
      if (isAgain(error)) return 0;
      // The other side is gone: nobody will read the rest.
      this.#close();
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
    this.#outgoing = [];
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
