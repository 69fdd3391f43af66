import { OffloopError } from '../errors.ts';
import type { HandlerResult } from './handler-result.ts';
import type { InputItem } from './inputs.ts';
import type { FileStorage } from './storage/file-storage.ts';
import type { Terminal } from './progress/terminal.ts';

/** Where results go. Resolves when the result is there for good. */
export interface Sink {
  readonly resultAs: 'files' | 'line';
  put(item: InputItem, result: HandlerResult, signal: AbortSignal): Promise<void>;
}

/** Results as files in the folder of `--out`. */
export class FolderSink implements Sink {
  readonly resultAs = 'files';
  readonly #storage: FileStorage;
  /** Which input wrote a name: two inputs for one name would silently lose one of them. */
  readonly #writers = new Map<string, string>();

  constructor(storage: FileStorage) {
    this.#storage = storage;
  }

  async put(item: InputItem, result: HandlerResult, signal: AbortSignal): Promise<void> {
    // All names are checked before the first is written.
    for (const { name } of result.files) this.#claim(item, this.#storage.pathOf(name));
    for (const { name, bytes } of result.files) await this.#storage.put(name, bytes, signal);
  }

  #claim(item: InputItem, path: string): void {
    const writer = this.#writers.get(path);
    if (writer !== undefined && writer !== item.key) {
      throw outputError(
        `${path} was already written for ${writer}: return { outputs: { name: bytes } } with other names`,
      );
    }
    if (path === item.path) {
      throw outputError('The output would be written over its own input: give another folder with --out');
    }
    this.#writers.set(path, item.key);
  }
}

/** Results as lines of JSON on standard output. */
export class LineSink implements Sink {
  readonly resultAs = 'line';
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  async put(_item: InputItem, result: HandlerResult): Promise<void> {
    await this.#terminal.writeResult(`${result.line}\n`);
  }
}

function outputError(message: string): OffloopError {
  return new OffloopError('ERR_OFFLOOP_OUTPUT', message);
}
