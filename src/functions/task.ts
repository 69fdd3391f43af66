import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidOptionError } from '../errors.ts';

/** Where a function marked by `task()` is exported. */
export interface TaskMark {
  readonly url: string;
  readonly exportName: string;
}

const marks = new WeakMap<Function, TaskMark>();

/**
 * Marks a function as the export of that name of a module, so that it always goes to workers by reference.
 *
 * Needed only where offloop cannot find that out itself (Bun, Deno, `node --permission`) or may not look (clusters). The
 * worker imports the module, which runs its top level there; that the export exists is checked then.
 *
 * @param url `import.meta.url` of the module that exports `fn`, or its absolute path.
 * @param fn A function exported under its own name. It is returned as it is, and can still be called here.
 * @throws {InvalidOptionError} The URL is none that can be imported, or the function has no name.
 * @example
 * export const resize = task(import.meta.url, function resize(image: Uint8Array, width: number) {
 *   return image.subarray(0, width);
 * });
 */
export function task<A extends unknown[], R>(url: string | URL, fn: (...args: A) => R): (...args: A) => R {
  if (typeof fn !== 'function') throw new InvalidOptionError('fn', 'a function', fn);
  if (fn.name === '' || fn.name.startsWith('bound '))
    throw new InvalidOptionError('fn', 'a function whose name is the name it is exported under', fn);
  marks.set(fn, { url: moduleUrl(url), exportName: fn.name });
  return fn;
}

function moduleUrl(url: string | URL): string {
  const text = String(url);
  if (isAbsolute(text)) return pathToFileURL(text).href;
  if (/^(?:file|node|data|https?):/.test(text) && URL.canParse(text)) return new URL(text).href;
  throw new InvalidOptionError('url', 'a module URL such as import.meta.url, or an absolute path', url);
}

/** What `task()` was told of a function. */
export function taskMark(fn: Function): TaskMark | undefined {
  return marks.get(fn);
}
