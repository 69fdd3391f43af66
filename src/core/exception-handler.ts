import { inspect } from 'node:util';

/** What went wrong where nobody was waiting for it. */
export interface ExceptionContext {
  message: string;
  exception?: unknown;
  future?: unknown;
  task?: unknown;
  [detail: string]: unknown;
}

type Report = (context: ExceptionContext) => void;

let current: Report = printException;

/** Sends a failure nobody is waiting for to the handler of the running loop, or to stderr. Never throws. */
export function reportException(context: ExceptionContext): void {
  current(context);
}

/** Puts another receiver in the place of the one that prints; the loop does this. */
export function setReporter(report: Report): void {
  current = report;
}

/** The default: the message, each further detail on a line of its own, then the error with its stack, on stderr. */
export function printException(context: ExceptionContext): void {
  const { message, exception, ...details } = context;
  const lines = [message || 'Unhandled exception in event loop'];
  for (const key of Object.keys(details).toSorted()) {
    const value = details[key];
    // A future without its content: the error follows once, not again inside of it.
    const depth = key === 'future' || key === 'task' ? -1 : 0;
    lines.push(`${key}: ${typeof value === 'string' ? value : inspect(value, { depth, breakLength: Infinity })}`);
  }
  if (exception !== undefined) lines.push(inspect(exception));
  process.stderr.write(`${lines.join('\n')}\n`);
}

/** The user's handler threw: both that and what it was to report go to the default one, and nothing is thrown. */
export function reportBrokenHandler(exception: unknown, context: ExceptionContext, fallback: Report): void {
  try {
    fallback({ message: 'Unhandled error in exception handler', exception, context });
  } catch (second) {
    process.stderr.write(
      'Exception in default exception handler while handling an unexpected error in custom exception handler\n' +
        `${inspect(second)}\n`,
    );
  }
}
