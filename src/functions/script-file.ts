import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { callSites } from './call-sites.ts';
import { allScriptUrls, scriptUrls } from './inspector.ts';
import { nodeRequire } from './node-require.ts';

/** Asking for one URL gives all, and a script's never changes. */
let urls: ReadonlyMap<number, string> = new Map();

/**
 * The name of a script, as stack traces show it or as a URL; V8 gives it for no function directly. From the cheapest way
 * to the dearest: a caller's file, the cache of CommonJS modules, a caller's script that is not what its file says,
 * coverage, the debugger's list.
 */
export function scriptFile(fn: Function, scriptId: number, source: string): string {
  if (urls.has(scriptId)) return urls.get(scriptId) as string;
  // Most functions are handed over by the script they stand in.
  const callers = callersByFile();
  const files = [...callers.keys()];
  const near = files.find((file) => isText(file, source)) ?? commonJsFile(fn, source);
  if (near !== undefined) return near;
  const made = files.filter((file) => !/\.[cm]?js$/.test(file));
  const found = fileByHash(made, callers, source);
  if (found !== undefined) return found;
  urls = scriptUrls();
  // A loader may have changed any file: before the dearest way the others are looked at, too.
  const rest = urls.has(scriptId) ? undefined : fileByHash(files, callers, source);
  if (rest !== undefined) return rest;
  if (!urls.has(scriptId)) urls = allScriptUrls();
  return urls.get(scriptId) ?? '';
}

/** A module that exports the function and whose file is the script's text. */
function commonJsFile(fn: Function, source: string): string | undefined {
  const { cache } = nodeRequire;
  for (const [path, module] of Object.entries(cache))
    if (exportsFunction(module?.exports, fn) && isText(path, source)) return path;
  return undefined;
}

function exportsFunction(exports: unknown, fn: Function): boolean {
  if (exports === fn) return true;
  if (typeof exports !== 'object' || exports === null) return false;
  return Object.keys(exports).some((key) => Object.getOwnPropertyDescriptor(exports, key)?.value === fn);
}

function isText(file: string, source: string): boolean {
  try {
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    return statSync(path).size === Buffer.byteLength(source) && readFileSync(path, 'utf8') === source;
  } catch {
    // Loaders put modules into the cache that are no files, and files go away.
    return false;
  }
}

/** A frame of each script on the stack, by its name. */
function callersByFile(): ReadonlyMap<string, NodeJS.CallSite> {
  const callers = new Map<string, NodeJS.CallSite>();
  for (const frame of callSites(50)) {
    const file = frame.getFileName();
    if (file && !file.startsWith('node:') && !callers.has(file)) callers.set(file, frame);
  }
  return callers;
}

/** The script that was made from the same text, by its hash, which V8 works out for whole scripts: 5 µs a kilobyte. */
function fileByHash(
  files: readonly string[],
  callers: ReadonlyMap<string, NodeJS.CallSite>,
  source: string,
): string | undefined {
  if (files.length === 0) return undefined;
  // Loaded here: with 2 to 4 ms it is the dearest of Node's modules, and few programs come here.
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256').update(source).digest('hex');
  return files.find((file) => callers.get(file)?.getScriptHash() === hash);
}
