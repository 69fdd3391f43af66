import { basename, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { InputItem, InputList } from './inputs.ts';

/** What a line of standard input is: text, a JSON value, or the path of a file to read. */
export type LineKind = 'text' | 'json' | 'path';

export const LINE_KINDS: readonly LineKind[] = ['text', 'json', 'path'];

const KEY_DIGITS = 6;

/** Inputs from the lines of a stream, one at a time as they are asked for. Empty lines are skipped. */
export function listLines(stream: Readable, kind: LineKind): InputList {
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  const close = (): void => {
    lines.close();
    // A terminal or a pipe that stays open would keep the program alive after its last item.
    stream.destroy();
  };
  return { total: undefined, items: readLines(lines, kind, close), close };
}

async function* readLines(
  lines: AsyncIterable<string>,
  kind: LineKind,
  close: () => void,
): AsyncGenerator<InputItem, void, undefined> {
  let number = 0;
  try {
    for await (const text of lines) {
      number++;
      if (text.trim() === '') continue;
      yield kind === 'path'
        ? { key: pathKey(text), path: resolve(text), text: undefined }
        : { key: String(number).padStart(KEY_DIGITS, '0'), path: undefined, text };
    }
  } finally {
    close();
  }
}

/** The path as it was given, without what would lead out of the output folder. */
function pathKey(text: string): string {
  const parts = text.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  return parts.includes('..') || /^[a-z]:$/i.test(parts[0] ?? '') ? basename(text) : parts.join('/');
}
