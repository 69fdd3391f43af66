/**
 * One input of `offloop map`: a file, or a line of standard input. What the handler gets first.
 *
 * @see MapHandler
 */
export interface MapInput {
  /**
   * Where the file sits below the folder or the fixed part of the glob, with `/` between folders:
   * `2024/cat.jpg`. For lines their number, `000001`. It names the output.
   */
  readonly key: string;
  /** The last part of the key without its extension: `cat`. */
  readonly name: string;
  /** The extension with its dot, `.jpg`; empty when there is none. */
  readonly extension: string;
  /** Absolute path of the file; `undefined` for lines. */
  readonly path: string | undefined;
  /** Number of bytes. */
  readonly size: number;
  /** The whole content. It was moved to this thread, not copied: the handler may change it. */
  readonly bytes: Buffer<ArrayBuffer>;
  /** For lines: the text, or what it holds as JSON with `--stdin-as json`. `undefined` for files. */
  readonly value: unknown;
}

/** What else the handler gets. */
export interface MapContext {
  /** Position of the input among all, from 0. */
  readonly index: number;
  /** 1 for the first try; grows with `--retries`. */
  readonly attempt: number;
  /** Aborts when this item is to end: time-out, `--halt now`, second Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * Several outputs of one input, or one with a name of its own: `{ outputs: { 'cat.webp': bytes } }`.
 *
 * Names are taken relative to the folder of the input's key and may not leave the output folder. Bytes are written
 * as they are, strings as text, everything else as JSON.
 */
export interface MapOutputs {
  readonly outputs: Readonly<Record<string, Uint8Array | ArrayBuffer | Json>>;
}

/**
 * What a handler may return: bytes, written under the input's key; a string, under the key with `.txt`; another
 * value, as JSON under the key with `.json`; several outputs; or nothing.
 */
export type MapOutput = Uint8Array | ArrayBuffer | MapOutputs | Json | undefined;

/**
 * The function that `offloop map` runs for every input: the default export of a module, or a named one given as
 * `./tasks.ts#resize`. It runs in a worker thread, so it may compute for as long as it likes.
 *
 * @example
 * import type { MapInput } from 'offloop';
 *
 * export default function lines(input: MapInput) {
 *   return { lines: input.bytes.toString().split('\n').length };
 * }
 */
export type MapHandler = (
  input: MapInput,
  context: MapContext,
) => MapOutput | Promise<MapOutput> | void | Promise<void>;
