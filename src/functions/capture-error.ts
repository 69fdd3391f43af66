import { CaptureError } from '../errors.ts';

/** Whose function could not be sent, for the first words of a message. */
export interface Subject {
  readonly name: string;
  /** `file:line:column`, where known. */
  readonly position?: string | undefined;
}

const WAYS_OUT =
  'Pass what is needed as an argument, create it inside the function, or create it once per worker in the ' +
  "executor's initializer and keep it on globalThis.";

/** For a function, or an object with methods: it need not travel to be used. */
const CALL_BACK = 'What can only live on this side stays here, and the job calls it through callback(fn).';

/** The function as a message names it. */
export function subjectText({ name, position }: Subject): string {
  const which = name === '' ? 'the anonymous function' : `function ${name}`;
  return position === undefined ? which : `${which} (${position})`;
}

/** A captured variable cannot travel: names it, what it is, where it was declared, and the ways out. */
export function cannotCapture(
  subject: Subject,
  variable: string,
  what: string,
  declared: string | undefined,
  cause?: unknown,
): CaptureError {
  const where = declared === undefined ? '' : `, declared at ${declared},`;
  return new CaptureError(
    `${capitalised(subjectText(subject))} uses \`${variable}\`${where} which cannot travel to a worker: ${what}. ${WAYS_OUT}`,
    cause === undefined ? undefined : { cause },
  );
}

/** The same for what has something to call: it may also be left where it is. */
export function cannotCaptureCallable(...of: Parameters<typeof cannotCapture>): CaptureError {
  const [subject, variable, what, declared, cause] = of;
  const error = cannotCapture(subject, variable, withoutAdvice(what), declared, cause);
  error.message += ` ${CALL_BACK}`;
  return error;
}

/** The message of another capture within a message: what to do is said once, at the end. */
function withoutAdvice(message: string): string {
  return message.replace(` ${CALL_BACK}`, '').replace(`. ${WAYS_OUT}`, '');
}

/** The function's own form cannot travel: says why and what to write instead. */
export function cannotSend(subject: Subject, why: string, instead: string, cause?: unknown): CaptureError {
  return new CaptureError(
    `${capitalised(subjectText(subject))} cannot be sent to a worker: ${why}. ${instead}`,
    cause === undefined ? undefined : { cause },
  );
}

/** With a capital letter, to open a sentence. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
