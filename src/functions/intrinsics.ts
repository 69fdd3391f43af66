import { builtinModules } from 'node:module';
import type { ModuleNeed } from './definition.ts';
import { nodeRequire } from './node-require.ts';

/** Objects every thread has under the same name. */
let globals: Map<object, readonly string[]> | undefined;

/** The path of a global object or function, such as `['Math', 'sqrt']`. */
export function globalPath(value: object): readonly string[] | undefined {
  globals ??= collectGlobals();
  return globals.get(value) ?? lazyGlobal(value);
}

/** Node's globals that are getters: read only when the value looks like theirs, since reading may load them. */
function lazyGlobal(value: object): readonly string[] | undefined {
  const type = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name ?? '';
  const name = typeof value === 'function' ? value.name : type.toLowerCase();
  if (!LAZY_GLOBALS.has(name) || (globalThis as Record<string, unknown>)[name] !== value) return undefined;
  return [name];
}

const LAZY_GLOBALS = new Set(['structuredClone', 'fetch', 'performance', 'crypto', 'navigator', 'process', 'Buffer']);

/** What the language itself puts there. Node has much more, some of which loads when it is only looked at. */
export const LANGUAGE_GLOBALS: ReadonlySet<string> = new Set(
  (
    'AggregateError Array ArrayBuffer Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError ' +
    'FinalizationRegistry Float32Array Float64Array Function Int16Array Int32Array Int8Array Intl Iterator JSON Map Math ' +
    'Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer String Symbol SyntaxError ' +
    'TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly ' +
    'decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt'
  ).split(' '),
);

const NODE_GLOBALS =
  'console URL URLSearchParams AbortController AbortSignal Event EventTarget TextEncoder TextDecoder queueMicrotask ' +
  'setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate';

function collectGlobals(): Map<object, readonly string[]> {
  const found = new Map<object, readonly string[]>();
  for (const name of [...LANGUAGE_GLOBALS, ...NODE_GLOBALS.split(' ')]) {
    const value = dataProperty(globalThis, name);
    if (!isObject(value)) continue;
    found.set(value, [name]);
    if (value === globalThis) continue;
    for (const member of Object.getOwnPropertyNames(value)) {
      const inner = dataProperty(value, member);
      if (typeof inner === 'function' && isNative(inner) && !found.has(inner)) found.set(inner, [name, member]);
    }
  }
  return found;
}

function dataProperty(object: object, name: string): unknown {
  // Node's lazy globals are getters; reading them would load what the program does not use.
  return Object.getOwnPropertyDescriptor(object, name)?.value;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Whether a function's text is the engine's placeholder: native, bound, or a proxy. */
export function isNative(fn: Function): boolean {
  return /\{\s*\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(fn));
}

/** The Node module `value` belongs to: the module itself, or one of its exports. */
export function builtinExport(value: object): { need: ModuleNeed; exportName?: string } | undefined {
  for (const name of loadedBuiltins()) {
    const module = nodeRequire(name) as Record<string, unknown>;
    const need: ModuleNeed = { kind: 'import', base: '', specifier: name };
    if (module === value) return { need, exportName: 'default' };
    for (const [exportName, exported] of exportsOf(module)) if (exported === value) return { need, exportName };
  }
  return undefined;
}

function exportsOf(module: Record<string, unknown>): [string, unknown][] {
  return Object.keys(module).map((name) => [name, dataProperty(module, name)]);
}

/** Public modules this process has loaded: a function of any other cannot be at hand. */
function loadedBuiltins(): string[] {
  const loaded = new Set((process as unknown as { moduleLoadList?: string[] }).moduleLoadList ?? []);
  return builtinModules
    .filter((name) => !name.startsWith('_') && loaded.has(`NativeModule ${name}`))
    .map((name) => `node:${name.replace(/^node:/, '')}`)
    .sort();
}
