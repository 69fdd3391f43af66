import { CaptureError } from '../errors.ts';
import { cannotCapture, cannotSend, capitalised, subjectText, type Subject } from './capture-error.ts';
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

/** What a worker assigns to its copy of a variable, the program never sees. */
export function assignmentIsLost(subject: Subject, variable: string, at: string, declared: string | undefined): Error {
  const where = declared === undefined ? '' : ` declared at ${declared},`;
  return new CaptureError(
    `${capitalised(subjectText(subject))} assigns \`${variable}\` at ${at}, a variable of the function around it,${where} ` +
      'and the assignment would be lost: each worker has a copy of its own. Return the value instead, declare a variable ' +
      'inside the function, or use a SharedArrayBuffer. (A variable at the top of the module may be assigned: each worker keeps its own.)',
  );
}
