import { readFileSync } from 'node:fs';
import { allScriptUrls, scriptUrls } from './inspector.ts';
import { nodeRequire } from './node-require.ts';

/** Asking for one URL gives all, and a script's never changes. */
let urls: ReadonlyMap<number, string> = new Map();

/**
 * The name of a script, as stack traces show it or as a URL; V8 gives it for no function directly. From the cheapest way
 * to the dearest: a caller's frame, the cache of CommonJS modules, coverage, the debugger's list.
 */
export function scriptFile(fn: Function, scriptId: number, source: string): string {
  const near = fileOnStack(source) ?? commonJsFile(fn, source);
  if (near !== undefined) return near;
  if (!urls.has(scriptId)) urls = scriptUrls();
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

function isText(path: string, source: string): boolean {
  try {
    return readFileSync(path, 'utf8') === source;
  } catch {
    // Loaders put modules into the cache that are no files, and files go away.
    return false;
  }
}

/** Most functions are handed over by the script they stand in, so one of the callers' frames has the same text. */
function fileOnStack(source: string): string | undefined {
  const { stackTraceLimit } = Error;
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  let frames: readonly NodeJS.CallSite[] = [];
  Error.stackTraceLimit = 50;
  Error.prepareStackTrace = (_, sites) => sites;
  try {
    const { stack } = new Error('stack') as { stack?: unknown };
    if (Array.isArray(stack)) frames = stack as NodeJS.CallSite[];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepare === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Object.defineProperty(Error, 'prepareStackTrace', prepare);
  }
  let hash: string | undefined;
  const seen = new Set<string>();
  for (const frame of frames) {
    const file = frame.getFileName();
    if (!file || file.startsWith('node:') || seen.has(file)) continue;
    seen.add(file);
    // Loaded here: with 2 to 4 ms it is the dearest of Node's modules, and not every program comes here.
    hash ??= process.getBuiltinModule('node:crypto').createHash('sha256').update(source).digest('hex');
    if (frame.getScriptHash() === hash) return file;
  }
  return undefined;
}
