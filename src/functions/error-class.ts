import { readScopes } from './inspector.ts';
import { isModuleNamespaceObject, isProxy } from 'node:util/types';
import { nodeRequire } from './node-require.ts';

/** Functions whose scopes are looked into: what a function sees, and what those it sees do. */
const MAX_FUNCTIONS = 40;

/**
 * Finds the class of an error that `fn` threw in a worker, among what `fn` can see here: its own scopes, the modules it
 * imports, and the scopes of the functions in them. For error paths only: some milliseconds at worst, never throws.
 */
export function findErrorClass(fn: Function, className: string): Function | undefined {
  try {
    return search(fn, className) ?? searchCommonJs(className);
  } catch {
    // A getter of the program's, or an engine without scopes: the error then arrives as its nearest known class.
    return undefined;
  }
}

function search(fn: Function, className: string): Function | undefined {
  const seen = new Set<unknown>([fn]);
  const queue = [fn];
  for (let at = 0; at < queue.length && at < MAX_FUNCTIONS; at += 1) {
    for (const { description, object } of readScopes(queue[at] as Function) ?? []) {
      if (description === 'Global') continue;
      const found = searchObject(object, className, (other) => {
        if (!seen.has(other)) queue.push(other);
        seen.add(other);
      });
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function searchObject(object: object, className: string, meet: (fn: Function) => void): Function | undefined {
  for (const key of Object.keys(object)) {
    const value = readable(object, key);
    if (isErrorClass(value, className)) return value;
    if (typeof value === 'function' && !isProxy(value)) meet(value);
    if (!isModuleNamespaceObject(value) || isModuleNamespaceObject(object)) continue;
    const found = searchObject(value as object, className, meet);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Variables in their dead zone throw when read. */
function readable(object: object, key: string): unknown {
  try {
    return (object as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function isErrorClass(value: unknown, className: string): value is Function {
  return typeof value === 'function' && value.name === className && value.prototype instanceof Error;
}

function searchCommonJs(className: string): Function | undefined {
  for (const module of Object.values(nodeRequire.cache)) {
    const exports: unknown = module?.exports;
    if (isErrorClass(exports, className)) return exports;
    if (typeof exports !== 'object' || exports === null || isProxy(exports)) continue;
    const value: unknown = Object.getOwnPropertyDescriptor(exports, className)?.value;
    if (isErrorClass(value, className)) return value;
  }
  return undefined;
}
