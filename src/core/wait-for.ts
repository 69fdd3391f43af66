import { InvalidOptionError, TimeoutError } from '../errors.ts';
import { currentScope } from './context.ts';
import { createTask } from './create-task.ts';
import { isDebug, reportWarning } from './debug.ts';
import { checkTarget, ensureFuture, type Joinable } from './ensure-future.ts';
import { Future } from './future.ts';
import { timeout } from './timeout.ts';
import { aBoolean, aSignal, checkArgument, checkOptions, millisecondsOrNull, type Checks } from './options.ts';
import { checkpointError } from './wait.ts';

export interface WaitForOptions {
  /** Ends the wait, and what is waited for, when aborted. */
  signal?: AbortSignal | undefined;
  /** Default false. True returns when the time is over although what was cancelled has not ended. */
  abandon?: boolean | undefined;
}

const NO_OPTIONS: WaitForOptions = {};

const waitForChecks: Checks<WaitForOptions> = { signal: aSignal, abandon: aBoolean };

/**
 * Waits at most `ms` milliseconds for a future or a function. Then it is cancelled, and when it has really ended a
 * `TimeoutError` is thrown; if it ends with a value or an error of its own all the same, that is what comes out.
 * `null` means no limit. With zero or less only what is done already is taken; a function is not started.
 *
 * @example
 * console.log(await waitFor(async () => 42, 1000)); // 42
 *
 * @throws TimeoutError when the time is over.
 * @see https://docs.python.org/3/library/asyncio-task.html#asyncio.wait_for
 */
export async function waitFor<T>(
  target: Joinable<T>,
  ms: number | null | undefined,
  options: WaitForOptions = NO_OPTIONS,
): Promise<T> {
  checkTarget(target, 'waitFor()');
  checkArgument('ms', ms, millisecondsOrNull);
  if (options !== NO_OPTIONS) checkOptions(options, waitForChecks, 'waitFor()');
  const expired = ms !== null && ms !== undefined && ms <= 0;
  if (typeof target === 'function' && !(target instanceof Future)) {
    const error = checkpointError(currentScope());
    if (error !== undefined) throw error;
    if (expired) throw new TimeoutError(`Timed out after ${ms} ms`);
    if (options.signal === undefined && options.abandon !== true) return timeout(ms, () => target());
  }
  const future = typeof target === 'function' ? createTask(target as () => T) : ensureFuture(target);
  if (future.done()) return future.resultNow();
  if (options.abandon === true) return waitOrLeave(future, ms ?? undefined, options.signal);
  const { signal } = options;
  const onAbort = (): void => void future.cancel(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  try {
    if (expired) return await cancelAndWait(future, ms);
    return await timeout(ms, () => future);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

async function cancelAndWait<T>(future: Future<T>, ms: number): Promise<T> {
  const outer = checkpointError(currentScope());
  const late = outer ?? new TimeoutError(`Timed out after ${ms} ms`);
  if (!future.cancel(late)) throw late;
  try {
    return await future;
  } catch (error) {
    if (!future.cancelled()) throw error;
    throw outer ?? new TimeoutError(`Timed out after ${ms} ms`, { cause: error });
  }
}

async function waitOrLeave<T>(future: Future<T>, ms: number | undefined, signal: AbortSignal | undefined): Promise<T> {
  if (ms === undefined && signal === undefined) {
    throw new InvalidOptionError('ms', 'a number of milliseconds when abandon is set', ms);
  }
  try {
    return await future.result({ timeout: ms, signal });
  } catch (error) {
    if (future.done()) throw error;
    future.cancel(error);
    if (isDebug() && !future.done()) {
      reportWarning(`waitFor() left ${future.toString()} behind: it was cancelled and goes on`, future.creationStack);
    }
    throw error;
  }
}
