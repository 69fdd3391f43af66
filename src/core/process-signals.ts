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

/** Somebody who is told of the first signal; the second ends the process. */
interface Watch {
  readonly signals: readonly NodeJS.Signals[];
  readonly onFirst: (signal: NodeJS.Signals) => void;
  seen: boolean;
}

const watches = new Set<Watch>();

/**
 * Calls `onFirst` for the first of the signals; the second ends the process at once. Only in the main thread, and
 * only for signals nobody else listens to: a program that handles a signal itself goes on doing so. Returns what
 * takes it back.
 * @param seen whether there was a first one already.
 */
export function watchSignals(
  signals: readonly NodeJS.Signals[],
  onFirst: (signal: NodeJS.Signals) => void,
  seen = false,
): () => void {
  if (!isMainThread) return () => {};
  const watch: Watch = { signals: signals.filter((signal) => !isHandledElsewhere(signal)), onFirst, seen };
  watches.add(watch);
  for (const signal of watch.signals) if (!isWatched(signal)) process.on(signal, pass);
  return () => {
    watches.delete(watch);
    const wanted = new Set([...watches].flatMap((other) => other.signals));
    for (const signal of watch.signals) if (!wanted.has(signal)) process.off(signal, pass);
  };
}

function isWatched(signal: NodeJS.Signals): boolean {
  return process.listeners(signal).includes(pass);
}

function isHandledElsewhere(signal: NodeJS.Signals): boolean {
  return process.listeners(signal).some((listener) => listener !== pass);
}

/** A signal is everybody's: of runs side by side, each ends. */
function pass(signal: NodeJS.Signals): void {
  const told = [...watches].filter(({ signals }) => signals.includes(signal));
  if (told.some(({ seen }) => seen)) process.exit(signalExitCode(signal));
  for (const watch of told) {
    watch.seen = true;
    watch.onFirst(signal);
  }
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
