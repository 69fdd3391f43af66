import { constants } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { aBoolean, type Check } from './options.ts';

/** Signals no program is told of. */
const UNSEEN: ReadonlySet<unknown> = new Set(['SIGKILL', 'SIGSTOP']);

/** Signals by name; `true` for the usual ones, `false` for none. */
export const signalNames: Check = (value) => {
  const isSignal = (name: unknown): boolean => Object.hasOwn(constants.signals, name as string) && !UNSEEN.has(name);
  if (aBoolean(value) === undefined || (Array.isArray(value) && value.every(isSignal))) return undefined;
  return "true, false or an array of signals a program can handle, such as ['SIGINT', 'SIGTERM']";
};

/** What a shell reports of a program that a signal ended. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/**
 * Calls `onFirst` for the first of the signals; the second ends the process at once. Only in the main thread, and
 * only for signals nobody else listens to: a program that handles a signal itself goes on doing so. Returns what
 * takes it back.
 */
export function watchSignals(
  signals: readonly NodeJS.Signals[],
  onFirst: (signal: NodeJS.Signals) => void,
): () => void {
  if (!isMainThread) return () => {};
  let seen = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (seen) process.exit(signalExitCode(signal));
    seen = true;
    onFirst(signal);
  };
  const watched = signals.filter((signal) => process.listenerCount(signal) === 0);
  for (const signal of watched) process.on(signal, onSignal);
  return () => {
    for (const signal of watched) process.off(signal, onSignal);
  };
}

/**
 * Ends the process quietly, with the signal's code, if this error comes out uncaught: a program that was asked to stop
 * and did has not failed, and a stack trace would say so. Any other error is printed as ever.
 */
export function exitQuietlyOn(error: unknown, signal: NodeJS.Signals): void {
  process.exitCode = signalExitCode(signal);
  process.once('uncaughtException', (uncaught) => {
    if (uncaught === error) process.exit(signalExitCode(signal));
    // Nobody else listens, or they would have been called too: do what Node does without listeners.
    if (process.listenerCount('uncaughtException') > 0) return;
    process.stderr.write(`${uncaught instanceof Error ? (uncaught.stack ?? uncaught.message) : String(uncaught)}\n`);
    process.exit(1);
  });
}
