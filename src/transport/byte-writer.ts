import { rawBuffer, type RawBuffer } from './raw-buffer.ts';

const INITIAL_BYTES = 16 * 1024;
/** A buffer grown beyond this by one message is not kept for the next. */
const KEEP_BYTES = 1024 * 1024;

/** A buffer that grows as it is written. What was written lies in `bytes` up to `position`. */
export class ByteWriter {
  bytes: RawBuffer = rawBuffer(new ArrayBuffer(INITIAL_BYTES));
  position = 0;
  protected view: DataView = new DataView(this.bytes.buffer);
  protected limit: number = INITIAL_BYTES;

  /** Starts over at the beginning. */
  protected restart(): void {
    this.position = 0;
    if (this.limit > KEEP_BYTES) this.allocate(INITIAL_BYTES);
  }

  tagged(type: number, count: number): void {
    this.reserve(5);
    this.bytes[this.position] = type;
    this.view.setUint32(this.position + 1, count, true);
    this.position += 5;
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.position++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.position, value, true);
    this.position += 4;
  }

  f64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.position, value, true);
    this.position += 8;
  }

  raw(source: Uint8Array): void {
    this.reserve(source.byteLength);
    this.bytes.set(source, this.position);
    this.position += source.byteLength;
  }

  patchU32(position: number, value: number): void {
    this.view.setUint32(position, value, true);
  }

  /** Makes room for that many bytes more. */
  reserve(size: number): void {
    const needed = this.position + size;
    if (needed > this.limit) this.allocate(Math.max(needed, this.limit * 2));
  }

  protected allocate(size: number): void {
    const old = this.bytes;
    this.bytes = rawBuffer(new ArrayBuffer(size));
    this.view = new DataView(this.bytes.buffer);
    this.limit = size;
    if (this.position !== 0) old.copy(this.bytes, 0, 0, this.position);
  }
}
