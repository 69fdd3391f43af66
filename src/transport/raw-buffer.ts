/**
 * The string methods of Node's Buffer behind `toString` and `write`, which cost half as much when the encoding
 * is known. Undocumented and in Node since version 6; Bun and Deno have them too.
 */
export interface RawBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
  ucs2Write(text: string, offset: number, length: number): number;
}

/** A Buffer over the given memory; never a copy. */
export function rawBuffer(buffer: ArrayBufferLike, offset?: number, length?: number): RawBuffer {
  return Buffer.from(buffer as ArrayBuffer, offset, length) as RawBuffer;
}
