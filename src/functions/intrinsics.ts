import { builtinModules, createRequire } from 'node:module';
import type { ModuleNeed } from './definition.ts';

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

const LAZY_GLOBALS = new Set(['structuredClone', 'fetch', 'performance', 'crypto', 'navigator']);

function collectGlobals(): Map<object, readonly string[]> {
  const found = new Map<object, readonly string[]>([[globalThis, ['globalThis']]]);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const value = dataProperty(globalThis, name);
    // Lower-case functions and objects may be the program's own; Node's are native or known by name.
    if (!isObject(value) || found.has(value) || !isBuiltin(name, value)) continue;
    found.set(value, [name]);
    for (const member of Object.getOwnPropertyNames(value)) {
      const inner = dataProperty(value, member);
      if (typeof inner === 'function' && isNative(inner) && !found.has(inner)) found.set(inner, [name, member]);
    }
  }
  return found;
}

const NODE_GLOBALS = new Set([
  'console',
  'process',
  'Buffer',
  'performance',
  'fetch',
  'crypto',
  'URL',
  'URLSearchParams',
]);
const NODE_FUNCTIONS = /^(?:structuredClone|queueMicrotask|(?:set|clear)(?:Timeout|Interval|Immediate))$/;

function isBuiltin(name: string, value: object): boolean {
  if (NODE_GLOBALS.has(name) || NODE_FUNCTIONS.test(name)) return true;
  return typeof value === 'function' ? isNative(value) : /^(?:Math|JSON|Reflect|Atomics|Intl|WebAssembly)$/.test(name);
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
    const module = createRequire(import.meta.url)(name) as Record<string, unknown>;
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
