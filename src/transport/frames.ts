import { RemoteError } from '../errors.ts';
import { setImmediate } from './own-timers.ts';

/**
 * Messages over a pipe: a stream of bytes in which each message is preceded by its length.
 *
 * A frame is one or more pieces, each a 32-bit little-endian head and that many bytes. The head's highest bit says
 * that the frame goes on in the next piece. Pieces of one frame follow each other, so order is kept; they are there
 * so that a large frame is handed to the pipe bit by bit, as fast as the other side reads.
 */

const MORE = 0x8000_0000;
const HEAD_BYTES = 4;
const PIECE_BYTES = 1024 * 1024;
/** Frames up to here are copied together into one write. */
const SMALL_FRAME = 32 * 1024;
const FIRST_BUFFER = 4 * 1024;
const LARGEST_BUFFER = 256 * 1024;

/** The part of a `stream.Writable` that is used. */
export interface FrameSink {
  write(chunk: Uint8Array): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

/** Collects the frames of one turn of the event loop and writes them together. */
export class FrameWriter {
  readonly #sink: FrameSink;
  /** What is written next, whole pieces. */
  #queue: Uint8Array[] = [];
  /** Small frames of this turn. */
  #buffer: Buffer = Buffer.allocUnsafeSlow(0);
  #used = 0;
  #pending = 0;
  #scheduled = false;
  #blocked = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Bytes that the pipe has not taken. Whoever sends much should wait while this is large. */
  get pending(): number {
    return this.#pending;
  }

  /** Sends one frame made of these parts, copied now. */
  send(...parts: readonly Uint8Array[]): void {
    let length = 0;
    for (const part of parts) length += part.byteLength;
    if (length <= SMALL_FRAME) this.#append(parts, length);
    else this.#enqueue(parts, length);
    this.#pending += length;
    if (this.#scheduled || this.#blocked) return;
    this.#scheduled = true;
    // Not a microtask: promises that settle in this turn send more.
    setImmediate(this.#flushNow);
  }

  /** Hands everything to the pipe now, as far as it takes it. Before the process exits. */
  flush(): void {
    this.#closeBuffer();
    let index = 0;
    while (index < this.#queue.length && !this.#blocked) {
      const chunk = this.#queue[index] as Uint8Array;
      index += 1;
      if (this.#sink.write(chunk)) continue;
      this.#blocked = true;
      this.#sink.once('drain', this.#drained);
    }
    this.#queue = this.#queue.slice(index);
    this.#pending = 0;
    for (const chunk of this.#queue) this.#pending += chunk.byteLength;
  }

  #append(parts: readonly Uint8Array[], length: number): void {
    const size = HEAD_BYTES + length;
    if (this.#buffer.length - this.#used < size) this.#makeRoom(size);
    this.#buffer.writeUInt32LE(length, this.#used);
    let position = this.#used + HEAD_BYTES;
    for (const part of parts) {
      this.#buffer.set(part, position);
      position += part.byteLength;
    }
    this.#used = position;
  }

  #makeRoom(size: number): void {
    const wanted = Math.max(FIRST_BUFFER, this.#buffer.length * 2, size);
    if (this.#used + size > LARGEST_BUFFER) {
      this.#closeBuffer();
      this.#buffer = Buffer.allocUnsafeSlow(Math.min(LARGEST_BUFFER, wanted));
      return;
    }
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, this.#used + size));
    this.#buffer.copy(grown, 0, 0, this.#used);
    this.#buffer = grown;
  }

  #enqueue(parts: readonly Uint8Array[], length: number): void {
    this.#closeBuffer();
    const whole = Buffer.concat(parts, length);
    for (let start = 0; start < length; start += PIECE_BYTES) {
      const piece = whole.subarray(start, start + PIECE_BYTES);
      const head = Buffer.allocUnsafe(HEAD_BYTES);
      head.writeUInt32LE((piece.byteLength | (start + PIECE_BYTES < length ? MORE : 0)) >>> 0);
      this.#queue.push(head, piece);
    }
  }

  /** The pipe keeps what it is given until it is written, so the next frames need another buffer. */
  #closeBuffer(): void {
    if (this.#used === 0) return;
    this.#queue.push(this.#buffer.subarray(0, this.#used));
    this.#buffer = Buffer.allocUnsafeSlow(0);
    this.#used = 0;
  }

  #flushNow = (): void => {
    this.#scheduled = false;
    if (!this.#blocked) this.flush();
  };

  #drained = (): void => {
    this.#blocked = false;
    this.flush();
  };
}

/** Puts frames together again from whatever pieces of the stream arrive. */
export class FrameReader {
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #maxPiece: number;
  /** The head of a piece, as far as it came. */
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  #more = false;
  /** Bytes of the current piece that have not come. */
  #missing = 0;
  #inPiece = false;
  #parts: Uint8Array[] = [];

  /** `onFrame` may keep what it gets. A piece longer than `maxPiece` bytes means that the stream is no stream of ours. */
  constructor(onFrame: (frame: Uint8Array) => void, maxPiece: number = PIECE_BYTES) {
    this.#onFrame = onFrame;
    this.#maxPiece = maxPiece;
  }

  /** True between two frames: a stream that ends elsewhere was cut off. */
  get atBoundary(): boolean {
    return !this.#inPiece && this.#headBytes === 0 && this.#parts.length === 0;
  }

  /**
   * Takes the next bytes of the stream and delivers the frames they complete.
   * @throws RemoteError when they cannot be frames.
   */
  push(chunk: Uint8Array): void {
    let position = 0;
    while (position < chunk.byteLength || (this.#inPiece && this.#missing === 0)) {
      if (!this.#inPiece) {
        position = this.#readHead(chunk, position);
        continue;
      }
      const end = Math.min(position + this.#missing, chunk.byteLength);
      this.#missing -= end - position;
      if (end > position) this.#parts.push(chunk.subarray(position, end));
      position = end;
      if (this.#missing === 0) this.#endPiece();
    }
  }

  #readHead(chunk: Uint8Array, start: number): number {
    let position = start;
    while (this.#headBytes < HEAD_BYTES && position < chunk.byteLength) {
      this.#head[this.#headBytes] = chunk[position] as number;
      this.#headBytes += 1;
      position += 1;
    }
    if (this.#headBytes < HEAD_BYTES) return position;
    const head = this.#head.readUInt32LE(0);
    this.#headBytes = 0;
    this.#more = head >= MORE;
    this.#missing = this.#more ? head - MORE : head;
    if (this.#missing > this.#maxPiece) {
      throw new RemoteError(
        `A pipe to another process carries something that is no message (a length of ${this.#missing}). Does anything else write to it?`,
      );
    }
    this.#inPiece = true;
    return position;
  }

  #endPiece(): void {
    this.#inPiece = false;
    if (this.#more) return;
    const parts = this.#parts;
    this.#parts = [];
    this.#onFrame(parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts));
  }
}
