import { types } from 'node:util';
import { OffloopError } from '../errors.ts';
import { show } from '../show.ts';
import type { MapOutputs } from './handler.ts';

/** A file to be: its name below the output folder and its content. */
export interface OutputFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What comes back from a worker: files for `--out`, or one line of JSON for standard output. */
export interface HandlerResult {
  readonly files: readonly OutputFile[];
  readonly line: string | undefined;
}

/**
 * Turns what a handler returned into files. Runs in the worker: encoding large JSON is work, too.
 * @throws OffloopError for a value that is neither bytes nor JSON.
 */
export function filesOf(key: string, output: unknown): OutputFile[] {
  if (output === undefined) return [];
  const bytes = bytesOf(output);
  if (bytes !== undefined) return [{ name: key, bytes }];
  if (typeof output === 'string') return [{ name: `${key}.txt`, bytes: Buffer.from(output) }];
  if (!isOutputs(output)) return [{ name: `${key}.json`, bytes: Buffer.from(`${toJson(output)}\n`) }];
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  return Object.entries(output.outputs).map(([name, value]) => ({ name: folder + name, bytes: encode(name, value) }));
}

/**
 * Turns what a handler returned into its line of standard output: `{"key":…,"value":…}`.
 * @throws OffloopError for bytes and named outputs, which need `--out`, and for what JSON cannot hold.
 */
export function lineOf(key: string, output: unknown): string {
  if (bytesOf(output) !== undefined || isOutputs(output)) {
    const what = isOutputs(output) ? 'named outputs' : 'bytes';
    throw new OffloopError(NEEDS_OUT, `The handler returned ${what}: say where to put them with --out DIR`);
  }
  return `{"key":${JSON.stringify(key)},"value":${output === undefined ? 'null' : toJson(output)}}`;
}

/** Code of the error for a result that standard output cannot take: no item of the run can succeed. */
export const NEEDS_OUT = 'ERR_OFFLOOP_NEEDS_OUT';

function encode(name: string, value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  return bytesOf(value) ?? Buffer.from(`${toJson(value, name)}\n`);
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (types.isUint8Array(value)) return value;
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return undefined;
}

/** An object with `outputs` and nothing else. */
function isOutputs(value: unknown): value is MapOutputs {
  if (typeof value !== 'object' || value === null || !('outputs' in value)) return false;
  const { outputs } = value;
  return typeof outputs === 'object' && outputs !== null && !Array.isArray(outputs) && Object.keys(value).length === 1;
}

function toJson(value: unknown, name?: string): string {
  const where = name === undefined ? 'The handler returned' : `The handler's output ${JSON.stringify(name)} is`;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new OffloopError(INVALID_RESULT, `${where} a value that JSON cannot hold: ${firstLine(cause)}`, { cause });
  }
  if (text === undefined) {
    throw new OffloopError(INVALID_RESULT, `${where} ${show(value)}; expected bytes, text or JSON`);
  }
  return text;
}

const INVALID_RESULT = 'ERR_OFFLOOP_INVALID_RESULT';

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : show(error);
}
