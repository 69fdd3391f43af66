import { InvalidStateError } from '../errors.ts';
import { carriedContext, placeOutside } from './carried-context.ts';
import { currentScope } from './context.ts';
import { aBoolean, anything, aString, checkArgument, checkOptions, type Checks } from './options.ts';
import type { ContextPlace, ContextVariables } from './scope.ts';

/** Context variables by name, as they travel to another thread. */
export type ContextEntries = readonly (readonly [name: string, value: unknown])[];

const EMPTY: ContextVariables = new Map();

let everSet = false;

function currentPlace(): ContextPlace {
  const scope = currentScope();
  return scope === undefined ? placeOutside() : scope.owner;
}

/** The values here; what a task created here starts with. */
export function currentVariables(): ContextVariables | undefined {
  return currentPlace().variables;
}

/** What `set` gives, for `reset`. */
export interface ContextToken<T> {
  readonly variable: ContextVar<T>;
  /** Whether it had a value before. */
  readonly hadValue: boolean;
  readonly oldValue: T | undefined;
}

export interface ContextVarOptions<T> {
  /** What `get()` gives where nothing is set. */
  default?: T;
  /** True: its value stays in this thread, for values that cannot be sent. Default false. */
  local?: boolean | undefined;
}

const contextVarChecks: Checks<ContextVarOptions<unknown>> = { default: anything, local: aBoolean };

/** Where each token was made; one that has been used is not in here. */
const placesOfTokens = new WeakMap<ContextToken<never>, ContextPlace>();

/**
 * A variable whose value belongs to the task: a new task gets a copy of its creator's values, and what it sets
 * nobody else sees. Tasks of executors take the values along, by name, one way.
 *
 * @example
 * const requestId = new ContextVar<string>('requestId', { default: '-' });
 * requestId.set('42');
 * console.log(requestId.get()); // 42
 *
 * @see https://docs.python.org/3/library/contextvars.html
 */
export class ContextVar<T> {
  readonly name: string;
  /** It does not travel to workers. */
  readonly local: boolean;
  readonly #default: { readonly value: T } | undefined;

  constructor(name: string, options: ContextVarOptions<T> = {}) {
    checkArgument('name', name, aString);
    checkOptions(options, contextVarChecks, 'ContextVar');
    this.name = name;
    this.local = options.local ?? false;
    if ('default' in options) this.#default = { value: options.default };
  }

  /**
   * The value here: what was set, else `fallback`, else the default.
   * @throws InvalidStateError when there is none of the three.
   */
  get(): T;
  get<F>(fallback: F): T | F;
  get(...fallback: [unknown?]): unknown {
    const current = currentVariables() ?? EMPTY;
    if (current.has(this)) return current.get(this);
    if (current.has(this.name)) return current.get(this.name);
    if (fallback.length > 0) return fallback[0];
    if (this.#default !== undefined) return this.#default.value;
    throw new InvalidStateError(`ContextVar ${JSON.stringify(this.name)} has no value here and no default`);
  }

  /**
   * Sets the value for this task or job and the tasks it will create; outside both for this block, or for whoever is in
   * none. Returns a token for `reset`.
   */
  set(value: T): ContextToken<T> {
    const place = currentPlace();
    const current = place.variables ?? EMPTY;
    const key = current.has(this) ? this : this.name;
    const token: ContextToken<T> = {
      variable: this,
      hadValue: current.has(key),
      oldValue: current.get(key) as T | undefined,
    };
    everSet = true;
    placesOfTokens.set(token as ContextToken<never>, place);
    place.variables = new Map(current).set(this, value);
    return token;
  }

  /**
   * Puts back what was there before the `set` that gave this token.
   * @throws InvalidStateError for a token of another variable or another task, or one used before.
   */
  reset(token: ContextToken<T>): void {
    if (token.variable !== this) throw new InvalidStateError('The token was made by another ContextVar');
    const place = placesOfTokens.get(token as ContextToken<never>);
    if (place === undefined) throw new InvalidStateError('The token has been used');
    if (place !== currentPlace()) {
      throw new InvalidStateError('The token was made in another task: what it would put back belongs there');
    }
    placesOfTokens.delete(token as ContextToken<never>);
    const next = new Map(place.variables);
    if (token.hadValue) next.set(this, token.oldValue);
    else next.delete(this);
    place.variables = next;
  }
}

/** For the pools: the variables set here, by name; undefined when no `ContextVar` was ever set. */
export function captureContext(): ContextEntries | undefined {
  if (!everSet && carriedContext() === undefined) return undefined;
  const entries: [string, unknown][] = [];
  for (const [key, value] of currentVariables() ?? EMPTY) {
    if (!(key instanceof ContextVar)) entries.push([key as string, value]);
    else if (!key.local) entries.push([key.name, value]);
  }
  return entries.length === 0 ? undefined : entries;
}
