import { basename, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { OffloopError } from '../errors.ts';
import { systemReason } from './describe-error.ts';
import type { InputItem, InputList } from './inputs.ts';
import { STORAGE_ERROR } from './storage/file-storage.ts';

/** What a line of standard input is: text, a JSON value, or the path of a file to read. */
export type LineKind = 'text' | 'json' | 'path';

export const LINE_KINDS: readonly LineKind[] = ['text', 'json', 'path'];

const KEY_DIGITS = 6;

/** Inputs from the lines of a stream, one at a time as they are asked for. Empty lines are skipped. */
export function listLines(stream: Readable, kind: LineKind): InputList {
  const state = { closed: false };
  const close = (): void => {
    state.closed = true;
    // A terminal or a pipe that stays open would keep the program alive after its last item.
    stream.destroy();
  };
  return { total: undefined, items: readItems(stream, kind, state), close };
}

async function* readItems(
  stream: Readable,
  kind: LineKind,
  state: { readonly closed: boolean },
): AsyncGenerator<InputItem, void, undefined> {
  let number = 0;
  try {
    for await (const text of readLines(stream)) {
      number++;
      if (text.trim() === '') continue;
      yield kind === 'path'
        ? { key: pathKey(text), path: resolve(text), text: undefined }
        : { key: String(number).padStart(KEY_DIGITS, '0'), path: undefined, text };
    }
  } catch (cause) {
    // A stream that is destroyed under its reader reports that it ended too early.
    if (state.closed) return;
    throw new OffloopError(STORAGE_ERROR, `Cannot read standard input: ${systemReason(cause)}`, { cause });
  }
}

/**
 * Not `node:readline`: its iterator goes on pulling a thousand lines ahead, and one that waits is not ended by
 * `close()`.
 */
async function* readLines(stream: Readable): AsyncGenerator<string, void, undefined> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}

/** The path as it was given, without what would lead out of the output folder. */
function pathKey(text: string): string {
  const parts = text.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  return parts.includes('..') || /^[a-z]:$/i.test(parts[0] ?? '') ? basename(text) : parts.join('/');
}
