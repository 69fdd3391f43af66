import { cannotCapture, cannotSend, type Subject } from './capture-error.ts';
import type { Locator } from './live-values.ts';

/** Why a variable has no value to send. */
export function notReadable(
  subject: Subject,
  { name, pick }: Locator,
  state: 'unset' | 'missing',
  declared: string | undefined,
  cause?: unknown,
): Error {
  if (state === 'unset')
    return cannotCapture(subject, name, 'its declaration has not run yet when the function is submitted', declared);
  if (pick === 'ambiguous')
    return cannotCapture(subject, name, 'several variables around the function have this name; rename one', declared);
  return cannotCapture(
    subject,
    name,
    'this runtime does not let a program read the variables around a function (no inspector: Bun, Deno, ' +
      '--permission). Export the function from a module and mark it with task(import.meta.url, fn)',
    declared,
    cause,
  );
}

/** A class keeps something that only it can read. */
export function hiddenState(subject: Subject, variable: string, hidden: string, declared: string): Error {
  return cannotCapture(
    subject,
    variable,
    `it is a class with private static state (${hidden}), which only the class itself can read`,
    declared,
  );
}

/** An arrow function uses `arguments` of the function around it. */
export function usesArguments(subject: Subject): Error {
  return cannotSend(
    subject,
    'it uses `arguments` of the function around it',
    'Take what is needed as parameters: (...args) => …',
  );
}
