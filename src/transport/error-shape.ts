import { types } from 'node:util';
import * as ours from '../errors.ts';

/**
 * What identifies an error apart from its own properties, and how to build one again from that: an object
 * with the right prototype and the internal error slot, made without running the constructor of its class.
 */

const BRANDS = Symbol.for('offloop.error.brands');
const BUILTIN: readonly ErrorConstructor[] = [
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError as unknown as ErrorConstructor,
];
/** Bounds the cache of made-up classes: names come from other machines too. */
const MAX_SYNTHESISED = 1000;

export interface ErrorShape {
  /** Names of its class and of the classes above, nearest first. */
  readonly classes: readonly string[];
  /** Which of those are classes of this library. */
  readonly brands?: readonly string[] | undefined;
  readonly name: string;
  readonly message?: string | undefined;
  readonly stack?: string | undefined;
}

/** Gives the class of that name, as known to the module the code came from. */
export type ResolveClass = (name: string) => Function | undefined;

/** True for errors of any realm, `DOMException` included (which on Node 20 is no native error). */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

export function shapeOf(error: Error): ErrorShape {
  const message = ownString(error, 'message') ?? (isDomException(error) ? error.message : undefined);
  const brands = (error as { [BRANDS]?: unknown })[BRANDS];
  return {
    classes: classNames(error),
    brands: Array.isArray(brands) ? brands.filter((brand): brand is string => typeof brand === 'string') : undefined,
    name: readString(error, 'name') ?? 'Error',
    message,
    stack: readString(error, 'stack'),
  };
}

/** An error of that class, name, message and stack, without own properties beyond those. */
export function createError(shape: ErrorShape, resolveClass?: ResolveClass): Error {
  const error = withoutStack(() =>
    shape.classes.includes('DOMException')
      ? new DOMException(shape.message ?? '', shape.name)
      : plainError(shape, resolveClass),
  );
  if (shape.stack === undefined) Reflect.deleteProperty(error, 'stack');
  else defineHidden(error, 'stack', shape.stack);
  if (readString(error, 'name') !== shape.name) defineHidden(error, 'name', shape.name);
  return error;
}

/** The stack of this place is of no use and costs more than all the rest. */
function withoutStack<T>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  // Not an assignment: with frozen intrinsics that throws.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}

export function defineHidden(target: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });
}

/** `name: message` as an error prints itself. */
export function headline(shape: ErrorShape): string {
  return shape.message ? `${shape.name}: ${shape.message}` : shape.name;
}

function plainError(shape: ErrorShape, resolveClass: ResolveClass | undefined): Error {
  const error = new Error(shape.message);
  const prototype = prototypeFor(shape, resolveClass);
  if (prototype !== Error.prototype) Object.setPrototypeOf(error, prototype);
  if (shape.brands !== undefined) Object.defineProperty(error, BRANDS, { value: shape.brands });
  return error;
}

function prototypeFor(shape: ErrorShape, resolveClass: ResolveClass | undefined): object {
  const unknown: string[] = [];
  for (const name of shape.classes) {
    const known = knownClass(name, shape.brands, resolveClass);
    if (known !== undefined) return synthesise(unknown, known).prototype as object;
    unknown.push(name);
  }
  return synthesise(unknown, Error).prototype as object;
}

function knownClass(
  name: string,
  brands: readonly string[] | undefined,
  resolveClass: ResolveClass | undefined,
): Function | undefined {
  const builtin = BUILTIN.find((type) => type.name === name);
  if (builtin !== undefined) return builtin;
  if (brands?.includes(name)) {
    const own: unknown = (ours as Record<string, unknown>)[name];
    if (isErrorClass(own)) return own;
  }
  try {
    const resolved = resolveClass?.(name);
    return isErrorClass(resolved) ? resolved : undefined;
  } catch {
    // A resolver that fails costs the class, never the error that is being delivered.
    return undefined;
  }
}

function isErrorClass(value: unknown): value is Function {
  if (typeof value !== 'function') return false;
  const prototype: unknown = value.prototype;
  return prototype === Error.prototype || Function.prototype[Symbol.hasInstance].call(Error, prototype);
}

const synthesised = new Map<Function, Map<string, Function>>();
let synthesisedCount = 0;

/** Classes with these names, nearest first, above a known one. The same names give the same classes. */
function synthesise(names: readonly string[], base: Function): Function {
  let current = base;
  for (const name of names.toReversed()) {
    let derived = synthesised.get(current);
    if (derived === undefined) synthesised.set(current, (derived = new Map()));
    let made = derived.get(name);
    if (made === undefined) {
      if (synthesisedCount >= MAX_SYNTHESISED) return current;
      synthesisedCount += 1;
      const parent = current as ErrorConstructor;
      made = { [name]: class extends parent {} }[name] as Function;
      derived.set(name, made);
    }
    current = made;
  }
  return current;
}

function classNames(error: Error): string[] {
  const names: string[] = [];
  for (
    let prototype: unknown = Object.getPrototypeOf(error);
    typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const type: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    if (typeof type !== 'function' || type.name === '' || type.name === 'Object') continue;
    names.push(type.name);
  }
  return names;
}

function isDomException(error: Error): boolean {
  return typeof DOMException === 'function' && error instanceof DOMException;
}

function ownString(error: Error, key: string): string | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(error, key)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** Reads what may be a getter, inherited, of another type, or throw. */
function readString(error: Error, key: 'name' | 'stack'): string | undefined {
  try {
    const value: unknown = error[key];
    return typeof value === 'string' ? value : undefined;
  } catch {
    // A getter that throws describes nothing; the error itself still travels.
    return undefined;
  }
}
