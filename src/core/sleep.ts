import { setTimer, type Timer } from './clock.ts';
import { currentScope } from './context.ts';
import { aBoolean, checkArgument, checkOptions, milliseconds, type Checks } from './options.ts';
import { waitForTurn } from './turn.ts';
import { checkpointError, rejected, Wait, waitChecks, type WaitKind, type WaitOptions } from './wait.ts';

export interface SleepOptions extends WaitOptions {
  /** Default true. False lets the process end while this sleeps. */
  ref?: boolean | undefined;
}

const sleepChecks: Checks<SleepOptions> = { ...waitChecks, ref: aBoolean };

/**
 * Waits for `ms` milliseconds, then gives `value`. Zero or less waits for one turn of the loop, so that others run.
 * Cancelling clears the timer at once.
 *
 * @example
 * await sleep(100);
 *
 * @see https://docs.python.org/3/library/asyncio-task.html#asyncio.sleep
 */
export function sleep(ms: number): Promise<void>;
export function sleep<T>(ms: number, value: T, options?: SleepOptions): Promise<T>;
export function sleep(ms: number, value?: unknown, options?: SleepOptions): Promise<unknown> {
  if (typeof ms !== 'number' || Number.isNaN(ms)) checkArgument('ms', ms, milliseconds);
  if (options !== undefined) checkOptions(options, sleepChecks, 'sleep()');
  const scope = currentScope();
  const error = checkpointError(scope, options);
  if (error !== undefined) return rejected(error);
  if (ms <= 0) {
    const turn = new Wait(TURN, value, scope, options);
    waitForTurn(turn);
    return turn.promise;
  }
  const wait = new Wait(SLEEP, ms, scope, options);
  // For ever is a wait nothing but a cancellation ends.
  if (ms === Infinity) return wait.promise;
  const timer = setTimer(ms, () => wait.resolve(value));
  if (options?.ref === false) timer.setRef(false);
  wait.payload = timer;
  return wait.promise;
}

const TURN: WaitKind = { describe: () => 'sleep(0)' };

const SLEEP: WaitKind = {
  describe: (wait) => `sleep(${wait.subject as number})`,
  withdraw: (wait) => (wait.payload as Timer | undefined)?.cancel(),
};
