import { RemoteError } from '../errors.ts';

/**
 * Messages over a pipe to another process: a stream of bytes in which each message has a head of fixed size.
 *
 * | byte | | |
 * |---|---|---|
 * | 0 | mark | u8, always the same: tells a message from whatever else might be written here |
 * | 1 | kind, flags | u8, u8, then one unused |
 * | 4 | ticket | u32 |
 * | 8 | target | u32 |
 * | 12 | bytes of what the codec cannot write | u32 |
 * | 16 | bytes of the encoded value | u32 |
 *
 * Both lengths together follow the head.
 */
export const HEAD_BYTES = 20;
const MARK = 0xa7;

/** Messages up to here are copied together, to be written at once. */
const SMALL_BYTES = 32 * 1024;
const FIRST_BUFFER = 16 * 1024;
const NOTHING = new Uint8Array(0);
/** Below, a loop is faster than a call of `set`. */
const LOOP_BYTES = 64;

/** Bytes of a message's value, which belong to somebody else and may be longer. */
export interface Body {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** What the codec cannot write, see `pipe-value.ts`. */
  readonly attached: Uint8Array | undefined;
}

/** A message that has arrived. */
export interface Message {
  readonly kind: number;
  readonly flags: number;
  readonly ticket: number;
  readonly target: number;
  /** Memory that holds the message and perhaps others. Nobody writes to it any more. */
  readonly bytes: Uint8Array;
  /** Where what the codec cannot write begins, and where the encoded value does. */
  readonly attached: number;
  readonly value: number;
}

/** Puts messages into bytes, and holds the bytes until they are written. */
export class FrameWriter {
  /** What is written before `#buffer`. */
  readonly #chunks: Uint8Array[] = [];
  /** Small messages, one behind the other; what lies between `#start` and `#end` is not written yet. */
  #buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER);
  #start = 0;
  #end = 0;
  #chunkBytes = 0;

  /** Bytes that are not written yet. */
  get pending(): number {
    return this.#chunkBytes + this.#end - this.#start;
  }

  /** Adds a message; its body is copied now. */
  add(kind: number, flags: number, ticket: number, target: number, body?: Body): void {
    const attached = body?.attached ?? NOTHING;
    const length = body?.length ?? 0;
    const isSmall = attached.byteLength + length <= SMALL_BYTES;
    const size = isSmall ? HEAD_BYTES + attached.byteLength + length : HEAD_BYTES;
    if (this.#buffer.length - this.#end < size) this.#makeRoom(size);
    this.#head(kind | (flags << 8), ticket, target, attached.byteLength, length);
    if (body === undefined) return;
    if (isSmall) {
      this.#copy(attached, attached.byteLength);
      this.#copy(body.bytes, length);
      return;
    }
    this.#closeBuffer();
    this.#push(Buffer.concat([attached, body.bytes.subarray(0, length)]));
  }

  /** The next bytes to write; undefined when everything is written. */
  next(): Uint8Array | undefined {
    const [chunk] = this.#chunks;
    if (chunk !== undefined) return chunk;
    return this.#start === this.#end ? undefined : this.#buffer.subarray(this.#start, this.#end);
  }

  /** So many of the bytes that `next` gave are written. */
  written(count: number): void {
    const [chunk] = this.#chunks;
    if (chunk === undefined) {
      this.#start += count;
      if (this.#start === this.#end) this.#start = this.#end = 0;
      return;
    }
    this.#chunkBytes -= count;
    if (count === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(count);
  }

  /** Drops what is not written. */
  clear(): void {
    this.#chunks.length = 0;
    this.#start = this.#end = this.#chunkBytes = 0;
  }

  #head(kind: number, ticket: number, target: number, attached: number, length: number): void {
    const buffer = this.#buffer;
    const at = this.#end;
    // Node's methods check their arguments each time; kind and lengths mostly have small values.
    buffer[at] = MARK;
    buffer[at + 1] = kind & 0xff;
    buffer[at + 2] = kind >>> 8;
    buffer[at + 3] = 0;
    put(buffer, at + 4, ticket);
    put(buffer, at + 8, target);
    put(buffer, at + 12, attached);
    put(buffer, at + 16, length);
    this.#end = at + HEAD_BYTES;
  }

  #copy(source: Uint8Array, length: number): void {
    const buffer = this.#buffer;
    const at = this.#end;
    if (length > LOOP_BYTES) buffer.set(source.subarray(0, length), at);
    else for (let index = 0; index < length; index += 1) buffer[at + index] = source[index] as number;
    this.#end = at + length;
  }

  /** What was added before stays where it is: somebody may be writing it. */
  #makeRoom(size: number): void {
    this.#closeBuffer();
    if (this.#buffer.length < size) this.#buffer = Buffer.allocUnsafeSlow(Math.max(FIRST_BUFFER, size));
  }

  #closeBuffer(): void {
    if (this.#start === this.#end) return;
    this.#push(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(SMALL_BYTES * 4, this.#buffer.length * 2));
    this.#start = this.#end = 0;
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
  }
}

/** Finds the messages in whatever pieces of the stream arrive. */
export class FrameReader {
  readonly #onMessage: (message: Message) => void;
  /** A head that lies in more than one piece. */
  readonly #head: Buffer = Buffer.allocUnsafeSlow(HEAD_BYTES);
  #headBytes = 0;
  /** A message that lies in more than one piece, in memory of its own. */
  #whole: Buffer | undefined;
  #filled = 0;

  constructor(onMessage: (message: Message) => void) {
    this.#onMessage = onMessage;
  }

  /** True between two messages: a stream that ends elsewhere was cut off. */
  get atBoundary(): boolean {
    return this.#whole === undefined && this.#headBytes === 0;
  }

  /**
   * Takes the next bytes of the stream, which nobody may write to afterwards, and delivers the messages they complete.
   * @throws RemoteError when they cannot be messages.
   */
  push(piece: Buffer): void {
    let at = this.#continue(piece);
    while (piece.length - at >= HEAD_BYTES) {
      const end = at + sizeAt(piece, at);
      if (end > piece.length) break;
      const start = at;
      at = end;
      this.#onMessage(messageAt(piece, start));
    }
    if (at < piece.length) this.#keep(piece, at);
  }

  /** Completes the message that began in an earlier piece; where the next one begins. */
  #continue(piece: Buffer): number {
    let at = 0;
    if (this.#headBytes > 0) {
      at = piece.copy(this.#head, this.#headBytes, 0, HEAD_BYTES - this.#headBytes);
      this.#headBytes += at;
      if (this.#headBytes < HEAD_BYTES) return at;
      this.#headBytes = 0;
      this.#begin(this.#head);
    }
    if (this.#whole === undefined) return at;
    const taken = piece.copy(this.#whole, this.#filled, at);
    this.#filled += taken;
    if (this.#filled === this.#whole.length) {
      const whole = this.#whole;
      this.#whole = undefined;
      this.#onMessage(messageAt(whole, 0));
    }
    return at + taken;
  }

  #keep(piece: Buffer, at: number): void {
    if (piece.length - at < HEAD_BYTES) this.#headBytes = piece.copy(this.#head, 0, at);
    else {
      this.#begin(piece.subarray(at));
    }
  }

  #begin(start: Buffer): void {
    this.#whole = Buffer.allocUnsafeSlow(sizeAt(start, 0));
    this.#filled = start.copy(this.#whole);
  }
}

function put(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value & 0xff;
  buffer[at + 1] = (value >>> 8) & 0xff;
  buffer[at + 2] = (value >>> 16) & 0xff;
  buffer[at + 3] = value >>> 24;
}

function u32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  return (low | ((bytes[at + 3] as number) << 24)) >>> 0;
}

function sizeAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== MARK || bytes[at + 3] !== 0) {
    throw new RemoteError(
      'A pipe to another process carries something that is no message. Does anything else write to it?',
    );
  }
  return HEAD_BYTES + u32(bytes, at + 12) + u32(bytes, at + 16);
}

function messageAt(bytes: Uint8Array, at: number): Message {
  const attached = at + HEAD_BYTES;
  return {
    kind: bytes[at + 1] as number,
    flags: bytes[at + 2] as number,
    ticket: u32(bytes, at + 4),
    target: u32(bytes, at + 8),
    bytes,
    attached,
    value: attached + u32(bytes, at + 12),
  };
}
