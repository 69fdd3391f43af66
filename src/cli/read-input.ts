import { readFile } from 'node:fs/promises';
import { OffloopError } from '../errors.ts';
import { systemReason } from './describe-error.ts';
import type { InputItem } from './inputs.ts';
import { STORAGE_ERROR } from './storage/file-storage.ts';

/** The content of an input, in a buffer that owns all of its memory, so that it can be moved to a worker. */
export async function readInput(item: InputItem, signal: AbortSignal): Promise<Buffer<ArrayBuffer>> {
  if (item.path === undefined) return ownBuffer(Buffer.from(item.text ?? ''));
  try {
    return ownBuffer(await readFile(item.path, { signal }));
  } catch (cause) {
    throw new OffloopError(STORAGE_ERROR, `Cannot read ${item.path}: ${systemReason(cause)}`, { cause });
  }
}

function ownBuffer(bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  // Small buffers share Node's pool; moving one would take its neighbours along.
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
}
