import { basename, extname } from 'node:path';
import { task } from '../functions/task.ts';
import { transfer } from '../transport/transfer.ts';
import { workerSignal } from '../worker/current-worker.ts';
import type { MapInput } from './handler.ts';
import { filesOf, lineOf, type HandlerResult } from './handler-result.ts';
import { loadHandler } from './load-handler.ts';

/** What a worker needs to run a handler on one input. */
export interface HandlerRequest {
  readonly url: string;
  readonly exportName: string;
  readonly key: string;
  readonly path: string | undefined;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How `bytes` becomes `input.value`; `undefined` for files. */
  readonly line: 'text' | 'json' | undefined;
  readonly index: number;
  readonly attempt: number;
  readonly resultAs: 'files' | 'line';
}

/** Runs in a worker: calls the handler and encodes what it returns. */
export async function runHandler(request: HandlerRequest): Promise<HandlerResult> {
  const handler = await loadHandler(request.url, request.exportName);
  const signal = workerSignal();
  const output = await handler(inputOf(request), { index: request.index, attempt: request.attempt, signal });
  if (request.resultAs === 'line') return { files: [], line: lineOf(request.key, output) };
  const files = filesOf(request.key, output).map(({ name, bytes }) => ({ name, bytes: ownBytes(bytes, request) }));
  return transfer({ files, line: undefined }, [...new Set(files.map((file) => file.bytes.buffer))]);
}

// The program's file has this function in it too, but a worker that loaded that would run the program.
const here = import.meta.url;
task(here.endsWith('.ts') ? here : new URL('./run-handler.js', here), runHandler);

/**
 * Bytes that may be moved to the main thread. The handler's are copied first: it may return the same buffer for many
 * inputs, and a moved one is empty. Copying also cuts a small view out of a large memory. Only the input's own
 * buffer, changed in place, goes back as it is.
 */
function ownBytes(bytes: Uint8Array, request: HandlerRequest): Uint8Array<ArrayBuffer> {
  const { buffer } = request.bytes;
  return bytes.buffer === buffer && bytes.byteLength === buffer.byteLength ? request.bytes : new Uint8Array(bytes);
}

function inputOf(request: HandlerRequest): MapInput {
  const { key, path, line } = request;
  const bytes = Buffer.from(request.bytes.buffer, request.bytes.byteOffset, request.bytes.byteLength);
  const extension = extname(key);
  const value =
    line === undefined ? undefined : line === 'json' ? (JSON.parse(bytes.toString()) as unknown) : bytes.toString();
  return { key, name: basename(key, extension), extension, path, size: bytes.byteLength, bytes, value };
}
