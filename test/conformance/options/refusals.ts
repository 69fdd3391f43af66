import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { InvalidOptionError } from 'offloop';

/** What an option must be, as the message says it, and values it cannot have; `null` for one that takes anything. */
export type Bad<O extends object> = {
  readonly [Name in keyof O]-?: readonly [expected: RegExp, ...values: unknown[]] | null;
};

/** Something public that takes options. */
export interface Entry<S = unknown> {
  /** Its name in the report of the API: `run`, `new Queue`, `Queue.put`. */
  readonly api: string;
  /** How a message calls it: `Queue`, `queue.put()`. */
  readonly owner: string;
  readonly call: (options: unknown, subject: S) => unknown;
  readonly bad: Readonly<Record<string, readonly [expected: RegExp, ...values: unknown[]] | null>>;
  /** What it is called on, a new one for each call. */
  readonly subject: (() => S) | undefined;
  /** Fails when a refused call has changed something. */
  readonly unharmed: ((subject: S) => void) | undefined;
}

/** An entry whose options are of type `O`: the compiler wants a line for each of them. */
export function entry<O extends object>(
  api: string,
  owner: string,
  call: (options: O) => unknown,
  bad: Bad<NoInfer<O>>,
): Entry {
  return { api, owner, call: (options) => call(options as O), bad, subject: undefined, unharmed: undefined };
}

/** The same for a method: `unharmed` looks at its object after each refusal. */
export function method<S, O extends object>(
  names: readonly [api: string, owner: string],
  parts: { subject: () => S; call: (subject: S, options: O) => unknown; unharmed?: (subject: S) => void },
  bad: Bad<NoInfer<O>>,
): Entry {
  const { subject, unharmed } = parts;
  const call = (options: unknown, on: unknown): unknown => parts.call(on as S, options as O);
  return { api: names[0], owner: names[1], call, bad, subject, unharmed: unharmed as Entry['unharmed'] };
}

const AN_UNKNOWN = 'frobnicate';

/** In the place of an options object. A signal is what people pass who think it is the second argument. */
const NO_OPTIONS: readonly unknown[] = [
  null,
  5,
  'name',
  true,
  [],
  () => {},
  Symbol('options'),
  new Date(0),
  new AbortController().signal,
];

const asPython = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Unknown names: the message names the one that was meant, or all there are. */
export async function refusesUnknownNames(entry: Entry): Promise<void> {
  const names = Object.keys(entry.bad);
  for (const name of names) {
    for (const typo of new Set([name.toUpperCase(), asPython(name), `${name}s`, name.slice(1)])) {
      if (names.includes(typo)) continue;
      const error = await refusal(entry, { [typo]: 1 });
      assert.equal(error.option, typo);
      assert.match(error.message, new RegExp(`^Unknown option '${typo}' of `));
      assert.ok(error.message.startsWith(`Unknown option '${typo}' of ${entry.owner} (received 1): `), error.message);
      assert.match(
        error.message,
        new RegExp(`: (did you mean '${name}'\\?|its (only option is|options are) .*\\b${name}\\b.*)$`),
      );
    }
  }
  const error = await refusal(entry, { [AN_UNKNOWN]: { deep: 1 } });
  const all = names.length === 1 ? `its only option is '${names[0]}'` : `its options are ${names.join(', ')}`;
  const expected = `Unknown option '${AN_UNKNOWN}' of ${entry.owner} (received an object): ${all}`;
  assert.deepEqual(error.message.split(/[ ,]+/).toSorted(), expected.split(/[ ,]+/).toSorted());
}

/** What is no options object. */
export async function refusesWhatHoldsNoOptions(entry: Entry): Promise<void> {
  for (const value of NO_OPTIONS) {
    const error = await refusal(entry, value);
    assert.equal(error.option, 'options');
    assert.ok(error.message.startsWith(`The options of ${entry.owner} must be an object such as { `), error.message);
    assert.match(error.message, /; received .+$/);
  }
}

/** Values an option cannot have: the message says what was expected and what came. */
export async function refusesBadValues(entry: Entry): Promise<void> {
  for (const [name, bad] of Object.entries(entry.bad)) {
    const [expected, ...values] = bad ?? [/./];
    for (const value of values) {
      const error = await refusal(entry, { [name]: value });
      assert.equal(error.option, name);
      assert.ok(error.message.startsWith(`Option '${name}' of ${entry.owner} must be `), error.message);
      assert.match(error.message, expected);
      assert.match(error.message, /; received .+$/);
    }
  }
}

/** `undefined` stands for the default, for each option and for all of them; an empty object for none. */
export async function takesUndefined(entry: Entry): Promise<void> {
  const none = Object.fromEntries(Object.keys(entry.bad).map((name) => [name, undefined]));
  for (const options of [undefined, {}, none, Object.create(null), Object.create(none)]) {
    const subject = entry.subject?.();
    const outcome = entry.call(options, subject);
    // Most go on for ever, in the scope of the test; all that counts is that it was not refused.
    const refused = await Promise.race([outcomeOf(outcome), new Promise((resolve) => setImmediate(resolve))]);
    assert.ok(!(refused instanceof InvalidOptionError), inspect(refused));
  }
}

async function outcomeOf(value: unknown): Promise<unknown> {
  try {
    return await value;
  } catch (error) {
    return error;
  }
}

async function refusal(entry: Entry, options: unknown): Promise<InvalidOptionError> {
  const subject = entry.subject?.();
  try {
    await entry.call(options, subject);
  } catch (error) {
    assert.ok(error instanceof InvalidOptionError, `${inspect(options)}: ${inspect(error)}`);
    assert.equal(error.code, 'ERR_OFFLOOP_INVALID_OPTION');
    entry.unharmed?.(subject);
    return error;
  }
  assert.fail(`${inspect(options)} was taken`);
}
