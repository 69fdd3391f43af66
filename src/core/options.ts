/**
 * What users hand over as options is checked here, before anything is done with it: a misspelt option that does nothing
 * is found in production.
 *
 * A function that takes options keeps a table of `Checks` beside their interface. The compiler wants a check for every
 * option, and none for what is no option.
 */
import { InvalidOptionError } from '../errors.ts';
import { show } from '../show.ts';
import { nearest } from './nearest.ts';

/** What was expected, for a value that cannot be; `undefined` for one that can. */
export type Check = (value: unknown) => string | undefined;

/** A check for each option. */
export type Checks<O extends object> = { readonly [Name in keyof O]-?: Check };

/** Names that a message can list before it gets too long to be read. */
const MOST_NAMES = 4;

const expect =
  (expected: string, holds: (value: unknown) => boolean): Check =>
  (value) =>
    holds(value) ? undefined : expected;

const isAtLeast = (value: unknown, least: number): boolean => Number.isSafeInteger(value) && (value as number) >= least;

export const anything: Check = () => undefined;
export const aBoolean: Check = expect('true or false', (value) => typeof value === 'boolean');
export const aString: Check = expect('a string', (value) => typeof value === 'string');
export const aFunction: Check = expect('a function', (value) => typeof value === 'function');
export const anArray: Check = expect('an array', (value) => Array.isArray(value));
export const anObject: Check = expect('an object', (value) => typeof value === 'object' && value !== null);
export const aFiniteNumber: Check = expect('a finite number', (value) => Number.isFinite(value));
export const strings: Check = expect(
  'an array of strings',
  (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
);

/** Below zero is over already, as everywhere in asyncio. */
export const milliseconds: Check = expect(
  'a number of milliseconds',
  (value) => typeof value === 'number' && !Number.isNaN(value),
);

export const duration: Check = expect(
  'a number of milliseconds, at least 0',
  (value) => typeof value === 'number' && value >= 0,
);

export const millisecondsOrNull: Check = (value) =>
  value === undefined || value === null || milliseconds(value) === undefined
    ? undefined
    : 'a number of milliseconds, or null for no limit';

/** By what it can do: the one of jsdom, or of another realm, is no instance of the class here. */
export const aSignal: Check = expect('an AbortSignal', (value) => {
  const signal = value as Partial<AbortSignal> | null;
  return typeof signal === 'object' && typeof signal?.aborted === 'boolean' && 'addEventListener' in signal;
});

export function aCount(least: number): Check {
  return expect(`an integer of at least ${least}`, (value) => isAtLeast(value, least));
}

export function aLimit(least: number): Check {
  const expected = `an integer of at least ${least}, or Infinity`;
  return expect(expected, (value) => value === Infinity || isAtLeast(value, least));
}

export function oneOf(...values: readonly string[]): Check {
  const last = values.length - 1;
  const quoted = values.map((value) => `'${value}'`);
  const expected = `${quoted.slice(0, last).join(', ')} or ${quoted[last]}`;
  return expect(expected, (value) => values.includes(value as string));
}

/**
 * Checks each option that is given, wherever in the object's chain, and refuses those that do not exist.
 * @param owner what takes the options, as its caller writes it: `Queue`, `queue.get()`.
 * @throws InvalidOptionError
 */
export function checkOptions(options: unknown, checks: Readonly<Record<string, Check>>, owner: string): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || !mayHold(options, checks)) {
    throw noOptions(options, checks, owner);
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(checks, name)) throw unknownOption(name, checks, owner, (options as never)[name]);
  }
  for (const name in checks) {
    const value: unknown = (options as never)[name];
    const expected = value === undefined ? undefined : (checks[name] as Check)(value);
    if (expected === undefined) continue;
    const message = `Option '${name}' of ${owner} must be ${expected}; received ${show(value)}`;
    throw new InvalidOptionError(name, expected, value, { message });
  }
}

/** Checks an argument. Here `undefined` is a value as any other. */
export function checkArgument(name: string, value: unknown, check: Check): void {
  const expected = check(value);
  if (expected !== undefined) throw new InvalidOptionError(name, expected, value);
}

/** An instance of some class holds options if it has one of them: a signal, or a task, in their place has none. */
function mayHold(options: object, checks: object): boolean {
  if (Array.isArray(options)) return false;
  const prototype: unknown = Object.getPrototypeOf(options);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain || Object.keys(checks).some((name) => name in options);
}

function noOptions(options: unknown, checks: object, owner: string): InvalidOptionError {
  const names = Object.keys(checks);
  const listed = names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES - 1), '…'] : names;
  const expected = `an object such as { ${listed.join(', ')} }`;
  const message = `The options of ${owner} must be ${expected}; received ${show(options)}`;
  return new InvalidOptionError('options', expected, options, { message });
}

function unknownOption(name: string, checks: object, owner: string, value: unknown): InvalidOptionError {
  const names = Object.keys(checks);
  const meant = nearest(name, names);
  const all = names.length === 1 ? `its only option is '${names[0]}'` : `its options are ${names.join(', ')}`;
  const hint = meant === undefined ? all : `did you mean '${meant}'?`;
  const message = `Unknown option '${name}' of ${owner} (received ${show(value)}): ${hint}`;
  return new InvalidOptionError(name, '', value, { message });
}
