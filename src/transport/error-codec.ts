import { RemoteError } from '../errors.ts';
import { show } from '../show.ts';
import { isOutOfStack } from './codec-signals.ts';
import {
  createError,
  defineHidden,
  headline,
  isError,
  shapeOf,
  type ErrorShape,
  type ResolveClass,
} from './error-shape.ts';
import { findUnclonable } from './unclonable.ts';

/**
 * Errors as plain data. Structured clone keeps an error's message, stack and cause and loses its class,
 * `code`, own properties and `AggregateError.errors`; this keeps them, and the graph they form.
 */

/** An own property: plain data, an error by its index, or a container with errors in it. */
export type WireValue =
  | { readonly value: unknown }
  | { readonly error: number }
  | { readonly list: readonly WireValue[] }
  | { readonly fields: readonly (readonly [key: string, value: WireValue])[] };

export interface WireProperty {
  readonly key: string;
  readonly value: WireValue;
  /** True for `cause`, `errors` and whatever else was not enumerable. */
  readonly hidden: boolean;
}

export interface WireErrorNode extends ErrorShape {
  readonly properties: readonly WireProperty[];
  /** Properties that could not be sent, each with the reason. */
  readonly dropped?: readonly string[] | undefined;
}

/**
 * Something thrown, ready for `postMessage`, `v8.serialize` or the codec. An error comes as the list of all
 * errors reachable from it, itself first; anything else as it is.
 */
export type WireError = { readonly thrown: unknown } | { readonly errors: readonly WireErrorNode[] };

export interface DecodeErrorOptions {
  /** Finds user classes by name, so that `instanceof` holds here. */
  readonly resolveClass?: ResolveClass | undefined;
  /** The stack of whoever submitted the work, as of `new Error().stack`; appended below the remote one. */
  readonly localStack?: string | undefined;
  /** Who threw, such as `worker ThreadPoolExecutor-0_0`. */
  readonly where?: string | undefined;
}

/** Turns anything thrown into plain data. Never throws, never runs more of the error than its getters. */
export function encodeError(value: unknown): WireError {
  try {
    if (isError(value)) return { errors: new ErrorGraph().encode(value) };
    const unclonable = findUnclonable(value, 'it');
    if (unclonable === undefined) return { thrown: value };
    return unsendable(value, `${unclonable.path} is ${unclonable.reason}`);
  } catch (cause) {
    return unsendable(value, `looking at it failed: ${cause instanceof Error ? cause.message : show(cause)}`);
  }
}

function unsendable(value: unknown, reason: string): WireError {
  const shown = typeof value === 'symbol' ? String(value) : show(value);
  const error = new RemoteError(`Something that cannot be sent was thrown: ${shown} (${reason})`);
  return { errors: new ErrorGraph().encode(error) };
}

/** Builds again what `encodeError` took apart, with both stacks. No constructor of a user's class runs. */
export function decodeError(wire: WireError, options: DecodeErrorOptions = {}): unknown {
  if (!('errors' in wire)) return wire.thrown;
  const errors = wire.errors.map((node) => createError(withNotes(node), options.resolveClass));
  for (const [index, node] of wire.errors.entries()) {
    for (const { key, value, hidden } of node.properties)
      setProperty(errors[index] as Error, key, revive(value, errors), hidden);
  }
  const root = errors[0];
  if (root === undefined) return new RemoteError('An error arrived without content');
  joinStacks(root, options);
  return root;
}

/** Appends who threw and where the work was submitted to the stack of an error that came from elsewhere. */
export function joinStacks(error: Error, options: DecodeErrorOptions): void {
  const { where, localStack } = options;
  const frames = localStack === undefined ? '' : framesOf(localStack);
  if (where === undefined && frames === '') return;
  const line = `    --- ${where === undefined ? 'thrown elsewhere' : `in ${where}`}${frames === '' ? '' : '; submitted from:'} ---`;
  const stack = typeof error.stack === 'string' ? error.stack : headline(shapeOf(error));
  defineHidden(error, 'stack', frames === '' ? `${stack}\n${line}` : `${stack}\n${line}\n${frames}`);
}

/** Puts the stack of whoever submitted the work in the place of an error's own, which leads nowhere the reader knows. */
export function replaceStack(error: Error, localStack: string | undefined): void {
  const frames = localStack === undefined ? '' : framesOf(localStack);
  if (frames !== '')
    defineHidden(error, 'stack', `${headline(shapeOf(error))}\n    --- submitted from: ---\n${frames}`);
}

/** Sets an own property without running setters; `__proto__` is a key like any other. */
export function setProperty(error: Error, key: string, value: unknown, hidden: boolean): void {
  try {
    Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: !hidden });
  } catch {
    // A built-in property that cannot be redefined: the value made with the error stands.
  }
}

/** Own string keys of an error that `ErrorShape` does not already hold. */
export function propertyKeys(error: Error, shape: ErrorShape): string[] {
  return Reflect.ownKeys(error).filter(
    (key): key is string =>
      typeof key === 'string' && key !== 'stack' && !(key === 'message' && shape.message !== undefined),
  );
}

/** How a property that stays behind is mentioned in the stack. */
export function droppedNote(notes: readonly string[]): string {
  return notes.map((note) => `\n    --- not sent: ${note} ---`).join('');
}

/** Why a property stays behind that failed when it was looked at. */
export function unreadable(key: string, reason: unknown): string {
  return `${key} is ${isOutOfStack(reason) ? 'nested too deeply' : 'a getter that throws'}`;
}

function withNotes(node: WireErrorNode): ErrorShape {
  if (node.dropped === undefined || node.dropped.length === 0) return node;
  return { ...node, stack: `${node.stack ?? headline(node)}${droppedNote(node.dropped)}` };
}

function framesOf(stack: string): string {
  const at = stack.search(/^ {4}at /m);
  return at === -1 ? '' : stack.slice(at);
}

function revive(wire: WireValue, errors: readonly Error[]): unknown {
  if ('error' in wire) return errors[wire.error];
  if ('list' in wire) return wire.list.map((item) => revive(item, errors));
  if (!('fields' in wire)) return wire.value;
  const object = {};
  for (const [key, value] of wire.fields) {
    Object.defineProperty(object, key, {
      value: revive(value, errors),
      writable: true,
      configurable: true,
      enumerable: true,
    });
  }
  return object;
}

/** Numbers every error reachable from the first, each once: cycles and shared causes stay what they are. */
class ErrorGraph {
  readonly #ids = new Map<Error, number>();
  readonly #nodes: WireErrorNode[] = [];
  readonly #pending: Error[] = [];
  /** Containers being walked, to notice one that holds itself. */
  readonly #open = new Set<object>();

  encode(root: Error): WireErrorNode[] {
    this.#idOf(root);
    // A list instead of recursion: a chain of causes may be longer than the stack is deep.
    for (let error = this.#pending.shift(); error !== undefined; error = this.#pending.shift()) this.#add(error);
    return this.#nodes;
  }

  #idOf(error: Error): number {
    const known = this.#ids.get(error);
    if (known !== undefined) return known;
    const id = this.#ids.size;
    this.#ids.set(error, id);
    this.#pending.push(error);
    return id;
  }

  #add(error: Error): void {
    const shape = shapeOf(error);
    const properties: WireProperty[] = [];
    const dropped: string[] = [];
    for (const key of propertyKeys(error, shape)) {
      const hidden = !Object.prototype.propertyIsEnumerable.call(error, key);
      try {
        properties.push({ key, value: this.#wire((error as unknown as Record<string, unknown>)[key], key), hidden });
      } catch (reason) {
        dropped.push(reason instanceof Unsendable ? reason.note : unreadable(key, reason));
      }
    }
    this.#nodes.push({ ...shape, properties, dropped: dropped.length === 0 ? undefined : dropped });
  }

  #wire(value: unknown, path: string): WireValue {
    if (isError(value)) return { error: this.#idOf(value) };
    const unclonable = findUnclonable(value, path);
    if (unclonable !== undefined) throw new Unsendable(`${unclonable.path} is ${unclonable.reason}`);
    if (!holdsError(value, new Set())) return { value };
    return this.#container(value as object, path);
  }

  #container(value: object, path: string): WireValue {
    if (this.#open.has(value)) throw new Unsendable(`${path} is a container that holds itself beside an error`);
    this.#open.add(value);
    try {
      if (Array.isArray(value)) return { list: value.map((item, index) => this.#wire(item, `${path}[${index}]`)) };
      return { fields: Object.entries(value).map(([key, item]) => [key, this.#wire(item, `${path}.${key}`)] as const) };
    } finally {
      this.#open.delete(value);
    }
  }
}

/** A property that stays behind. Does not leave this file. */
class Unsendable {
  readonly note: string;
  constructor(note: string) {
    this.note = note;
  }
}

/** Whether plain objects and arrays from here on hold an error; in a `Map` or `Set` it travels as structured clone has it. */
function holdsError(value: unknown, seen: Set<object>): boolean {
  if (typeof value !== 'object' || value === null || seen.has(value)) return false;
  if (isError(value)) return true;
  seen.add(value);
  const plain =
    Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
  return plain && Object.values(value).some((item) => holdsError(item, seen));
}
