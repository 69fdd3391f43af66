import { types } from 'node:util';
import { cannotCapture, cannotCaptureCallable, type Subject } from './capture-error.ts';
import { describeInstance, type ClassSource } from './class-instances.ts';
import type { FunctionDescription, Revival, Revivals } from './definition.ts';
import { builtinExport, globalPath } from './intrinsics.ts';
import { recipeOf } from './recipes.ts';

/** Where a captured value comes from, for messages, and how functions in it are described. */
export interface CaptureContext extends ClassSource {
  readonly subject: Subject;
  readonly variable: string;
  readonly declared: string | undefined;
  readonly describe: (fn: Function) => FunctionDescription;
}

/**
 * Turns captured values into what the value codec carries. Values made of plain data are passed on as they are, not
 * copied; one that holds functions or instances of the program's classes is copied, and `Revivals` after the last value
 * says what the worker puts back.
 */
export class CapturedValues {
  readonly #values: unknown[] = [];
  readonly #holders: unknown[] = [];
  readonly #entries: Revival[] = [];
  readonly #copies = new Map<object, unknown>();
  #holdObjects = false;

  add(value: unknown, context: CaptureContext): void {
    const key = this.#values.length;
    this.#holdObjects ||= isObject(value) && (typeof value !== 'function' || isCallback(value));
    this.#values.push(isPlainData(value, new Set()) ? value : this.#copy(value, -1, key, context));
  }

  /** Appends the versions of the values that live on in workers. */
  addVersions(versions: readonly number[]): void {
    this.#values.push(versions);
  }

  /** Whether some value is an object, which the program can change and each job has a copy of, or a callback, of a job. */
  get holdObjects(): boolean {
    return this.#holdObjects;
  }

  /** Whether some value was copied, so that later changes to it do not show. */
  get copied(): boolean {
    return this.#entries.length > 0;
  }

  toArray(): readonly unknown[] {
    if (!this.copied) return this.#values;
    return [...this.#values, { holders: this.#holders, entries: this.#entries } satisfies Revivals];
  }

  #copy(value: unknown, holder: number, key: string | number, context: CaptureContext): unknown {
    if (typeof value === 'symbol') throw refuse(context, `${String(value)} is unique to this thread`);
    if (!isObject(value)) return value;
    if (typeof value === 'function' && isCallback(value)) return value;
    const special = typeof value === 'function' || !isContainer(value) ? this.#special(value, holder, key) : false;
    if (special) return null;
    if (typeof value === 'function') {
      this.#entries.push({ kind: 'function', holder, key, function: this.#describe(value, context) });
      return null;
    }
    const known = this.#copies.get(value);
    if (known !== undefined) return known;
    if (isContainer(value)) return this.#copyContainer(value, context);
    if (isCloneable(value)) return value;
    return this.#copyInstance(value, context);
  }

  /** What every thread has, or can make, under a name: globals, Node's modules, what a slice was given. */
  #special(value: object, holder: number, key: string | number): boolean {
    const path = globalPath(value);
    const recipe = recipeOf(value);
    if (path !== undefined) this.#entries.push({ kind: 'global', holder, key, path });
    else if (recipe !== undefined) this.#entries.push({ kind: 'module', holder, key, need: recipe });
    else {
      const builtin = isCloneable(value) ? undefined : builtinExport(value);
      if (builtin === undefined) return false;
      this.#entries.push({ kind: 'module', holder, key, ...builtin });
    }
    return true;
  }

  #describe(fn: Function, context: CaptureContext): FunctionDescription {
    try {
      return context.describe(fn);
    } catch (error) {
      const what = `it is or holds a function that cannot be sent: ${(error as Error).message}`;
      throw cannotCaptureCallable(context.subject, context.variable, what, context.declared, error);
    }
  }

  #copyContainer(value: object, context: CaptureContext): unknown {
    if (value instanceof Map) return this.#copyMap(value, context);
    if (value instanceof Set) {
      if ([...value].every((item) => isPlainData(item, new Set()))) return value;
      throw refuse(context, 'it is a Set that holds functions or instances of classes');
    }
    const copy: Record<string, unknown> = Array.isArray(value) ? (Array(value.length) as never) : {};
    return this.#copyMembers(value, copy, context);
  }

  #copyMembers(value: object, copy: Record<string, unknown>, context: CaptureContext): object {
    this.#copies.set(value, copy);
    const holder = this.#holders.push(copy) - 1;
    for (const [key, member] of Object.entries(value)) copy[key] = this.#copy(member, holder, key, context);
    return copy;
  }

  #copyMap(value: ReadonlyMap<unknown, unknown>, context: CaptureContext): unknown {
    const copy = new Map<unknown, unknown>();
    this.#copies.set(value, copy);
    const holder = this.#holders.push(copy) - 1;
    let index = 0;
    for (const [key, member] of value) {
      if (!isPlainData(key, new Set()))
        throw refuse(context, 'it is a Map whose keys are functions or instances of classes');
      copy.set(key, this.#copy(member, holder, index, context));
      index += 1;
    }
    return copy;
  }

  #copyInstance(value: object, context: CaptureContext): object {
    const instance = describeInstance(value, context);
    if (typeof instance === 'string') {
      if (types.isPromise(value)) throw refuse(context, instance);
      throw cannotCaptureCallable(context.subject, context.variable, instance, context.declared);
    }
    const copy = this.#copyMembers(value, {}, context);
    const holder = this.#holders.indexOf(copy);
    this.#entries.push(
      'classAt' in instance
        ? { kind: 'own-instance', holder, ...instance }
        : { kind: 'instance', holder, of: instance },
    );
    return copy;
  }
}

/** Throws a CaptureError if the value cannot travel. */
export function travels(value: unknown, context: CaptureContext): void {
  new CapturedValues().add(value, context);
}

function refuse({ subject, variable, declared }: CaptureContext, what: string): Error {
  return cannotCapture(subject, variable, what, declared);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Arrays, plain objects, Maps and Sets: what is looked into. */
function isContainer(value: object): boolean {
  if (typeof value === 'function' || types.isProxy(value) || types.isModuleNamespaceObject(value)) return false;
  if (recipeOf(value) !== undefined) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype ||
    prototype === null ||
    prototype === Array.prototype ||
    prototype === Map.prototype ||
    prototype === Set.prototype
  );
}

/** Objects that structured clone carries whole, by a slot no subclass can fake. */
function isCloneable(value: object): boolean {
  return (
    types.isDate(value) ||
    types.isRegExp(value) ||
    types.isAnyArrayBuffer(value) ||
    ArrayBuffer.isView(value) ||
    types.isNativeError(value) ||
    types.isBoxedPrimitive(value) ||
    TRAVELS in value ||
    isPlatformObject(value)
  );
}

/** On instances of classes, and on functions, that the value codec carries whole. */
const TRAVELS = Symbol.for('offloop.travels');

/** A function that stays where it is and is called from over there. */
export function isCallback(fn: Function): boolean {
  return TRAVELS in fn;
}

/** Classes of Node whose instances `postMessage` carries. */
function isPlatformObject(value: object): boolean {
  const name = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name ?? '';
  return /^(?:Blob|MessagePort|KeyObject|CryptoKey|X509Certificate|BlockList|SocketAddress|Histogram)$/.test(name);
}

/** Whether a value can go as it is. Looks at everything once: cheaper than encoding it, and only for new functions. */
function isPlainData(value: unknown, seen: Set<object>): boolean {
  if (!isObject(value)) return typeof value !== 'symbol';
  if (seen.has(value)) return true;
  seen.add(value);
  if (!isContainer(value)) return isCloneable(value);
  if (globalPath(value) !== undefined) return false;
  if (value instanceof Map) return [...value].every(([key, item]) => isPlainData(key, seen) && isPlainData(item, seen));
  if (value instanceof Set) return [...value].every((item) => isPlainData(item, seen));
  return Object.values(value).every((item) => isPlainData(item, seen));
}
