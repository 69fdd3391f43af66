/** Bytes of the length in front of every frame: an unsigned 32-bit number, little endian. */
export const HEADER_BYTES = 4;

/**
 * Cuts a stream of bytes into frames: four bytes of length, then as many bytes.
 *
 * A frame that lies within one piece is handed out as a view of it; one that spans pieces is copied together once,
 * into memory of its own size, so that a large value costs one copy and never a growing buffer.
 */
export class FrameReader {
  readonly #header: Buffer = Buffer.alloc(HEADER_BYTES);
  #headerFilled = 0;
  /** The frame that is being put together. */
  #body: Buffer | undefined;
  #bodyFilled = 0;

  /** Takes the next piece of the stream; the frames that are whole now are added to `frames`. */
  push(piece: Buffer, frames: Buffer[]): void {
    let at = 0;
    while (at < piece.length) {
      if (this.#body === undefined) {
        const taken = piece.copy(this.#header, this.#headerFilled, at, at + HEADER_BYTES - this.#headerFilled);
        at += taken;
        this.#headerFilled += taken;
        if (this.#headerFilled < HEADER_BYTES) return;
        this.#headerFilled = 0;
        const length = this.#header.readUInt32LE(0);
        if (length <= piece.length - at) {
          frames.push(piece.subarray(at, at + length));
          at += length;
          continue;
        }
        this.#body = Buffer.allocUnsafeSlow(length);
        this.#bodyFilled = 0;
      }
      const taken = piece.copy(this.#body, this.#bodyFilled, at);
      at += taken;
      this.#bodyFilled += taken;
      if (this.#bodyFilled < this.#body.length) return;
      frames.push(this.#body);
      this.#body = undefined;
    }
  }
}

/** The frame for a body, ready to be written. */
export function frameHeader(length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(length, 0);
  return header;
}
