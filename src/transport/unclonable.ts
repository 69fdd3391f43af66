import { types } from 'node:util';
import { SerializationError } from '../errors.ts';
import { show } from '../show.ts';
import { callbackOf, callbacksExist } from './callback-mark.ts';

/** The first thing inside a value that structured clone refuses, and where it sits. */
export interface Unclonable {
  /** Such as `args[0].rows[3].fn`. */
  readonly path: string;
  /** A noun phrase, such as `a function` or `a Promise`. */
  readonly reason: string;
}

/**
 * Finds what keeps a value from being sent, walking it as structured clone does; `undefined` if nothing does.
 *
 * Slow: meant for the error path, after a clone was refused. Errors are never the reason, whatever they
 * carry: the error codec leaves out what it cannot send. Objects in `transfer` are moved, not cloned.
 */
export function findUnclonable(
  value: unknown,
  root: string,
  transfer: readonly unknown[] = [],
): Unclonable | undefined {
  const found = walk(value, root, { seen: new Set(transfer) });
  // Where a callback may go, something else is the reason; where it may not, the callback is.
  if (found !== undefined || !callbacksExist()) return found;
  return walk(value, root, { seen: new Set(transfer), refuseCallbacks: true });
}

/** The same for a wire that carries less: `refuse` says what an object is that it does not carry. */
export function findRefused(
  value: unknown,
  root: string,
  refuse: (value: object) => string | undefined,
): Unclonable | undefined {
  return walk(value, root, { seen: new Set(), refuse });
}

interface Visit {
  readonly seen: Set<unknown>;
  readonly refuse?: (value: object) => string | undefined;
  readonly refuseCallbacks?: boolean;
}

/** The error for a value that cannot be sent: names the path and what sits there, and says what to do. */
export function serializationError(
  value: unknown,
  root: string,
  cause?: unknown,
  transfer?: readonly unknown[],
): SerializationError {
  const found = findUnclonable(value, root, transfer);
  const path = found?.path ?? root;
  const what = found?.reason ?? (cause instanceof Error ? `refused (${cause.message})` : `refused (${show(cause)})`);
  return new SerializationError(
    path,
    `${path} is ${what} and cannot be sent to another thread or process. Send plain data instead, or make it over there.`,
    cause === undefined ? undefined : { cause },
  );
}

function walk(value: unknown, path: string, visit: Visit): Unclonable | undefined {
  if (typeof value === 'function') return refusedFunction(value, path, visit);
  if (typeof value === 'symbol') return { path, reason: 'a symbol' };
  if (typeof value !== 'object' || value === null || visit.seen.has(value)) return undefined;
  visit.seen.add(value);
  const reason = refusedKind(value) ?? visit.refuse?.(value);
  if (reason !== undefined) return { path, reason };
  if (value instanceof Error || types.isNativeError(value)) return undefined;
  if (types.isMap(value)) return walkMap(value, path, visit);
  if (types.isSet(value)) return walkSet(value, path, visit);
  if (isLeaf(value)) return refusedLeaf(value, path);
  return walkProperties(value, path, visit) ?? refusedHost(value, path);
}

function refusedFunction(value: Function, path: string, { refuseCallbacks }: Visit): Unclonable | undefined {
  const { name } = value;
  if (callbackOf(value) === undefined) return { path, reason: name === '' ? 'a function' : `the function ${name}` };
  return refuseCallbacks
    ? {
        path,
        reason: `a callback${name && ` (${name})`}, which only goes out as an argument or a captured variable of a job,`,
      }
    : undefined;
}

function walkProperties(value: object, path: string, visit: Visit): Unclonable | undefined {
  const array = Array.isArray(value);
  for (const key of Object.keys(value)) {
    const inner = `${path}${accessor(key, array)}`;
    let child: unknown;
    try {
      child = (value as Record<string, unknown>)[key];
    } catch (error) {
      return { path: inner, reason: `a getter that throws (${error instanceof Error ? error.message : show(error)})` };
    }
    const found = walk(child, inner, visit);
    if (found !== undefined) return found;
  }
  return undefined;
}

function walkMap(map: Map<unknown, unknown>, path: string, visit: Visit): Unclonable | undefined {
  for (const [key, item] of map) {
    const found = walk(key, `${path}.keys(${show(key)})`, visit) ?? walk(item, `${path}.get(${show(key)})`, visit);
    if (found !== undefined) return found;
  }
  return undefined;
}

function walkSet(set: Set<unknown>, path: string, visit: Visit): Unclonable | undefined {
  let index = 0;
  for (const item of set) {
    const found = walk(item, `${path}.values()[${index}]`, visit);
    if (found !== undefined) return found;
    index += 1;
  }
  return undefined;
}

function accessor(key: string, array: boolean): string {
  if (array && /^\d+$/.test(key)) return `[${key}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function refusedKind(value: object): string | undefined {
  if (types.isProxy(value)) return 'a Proxy';
  if (types.isPromise(value)) return 'a Promise (await it first)';
  if (types.isWeakMap(value)) return 'a WeakMap';
  if (types.isWeakSet(value)) return 'a WeakSet';
  if (types.isGeneratorObject(value)) return 'a generator (use stream() to send what it yields)';
  if (types.isModuleNamespaceObject(value)) return 'a module';
  if (types.isArgumentsObject(value)) return 'an arguments object (spread it into an array)';
  if (types.isSymbolObject(value)) return 'a symbol';
  // Deno has no such values, and no question for them.
  const { isExternal } = types as Partial<typeof types>;
  return isExternal?.(value) === true ? 'a native pointer' : undefined;
}

/** Kinds whose own properties structured clone does not look at. */
function isLeaf(value: object): boolean {
  return (
    ArrayBuffer.isView(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isBoxedPrimitive(value) ||
    types.isDate(value) ||
    types.isRegExp(value)
  );
}

function refusedLeaf(value: object, path: string): Unclonable | undefined {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  return types.isArrayBuffer(buffer) && buffer.byteLength === 0 ? refusedHost(value, path, 'detached') : undefined;
}

/** Only structured clone itself knows about the rest: its verdict, once everything inside was found good. */
function refusedHost(value: object, path: string, state = 'of a kind that cannot be cloned'): Unclonable | undefined {
  if (state !== 'detached' && isOrdinary(value)) return undefined;
  try {
    structuredClone(value);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return { path, reason: `nested too deeply (${error.message})` };
    const port = error instanceof Error && /transfer ?list/i.test(error.message);
    return { path, reason: port ? `${show(value)} that is not in the transfer list` : `${show(value)}, ${state},` };
  }
}

function isOrdinary(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
