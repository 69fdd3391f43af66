import { setTimer, type Timer } from './clock.ts';
import { currentScope } from './context.ts';
import { aBoolean, checkArgument, checkOptions, milliseconds, type Checks } from './options.ts';
import type { Scope } from './scope.ts';
import { waitForTurn } from './turn.ts';
import { checkpointError, rejected, Wait, waitChecks, type WaitOptions } from './wait.ts';

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
  return ms <= 0 ? new Turn(scope, value, options).promise : new Sleep(ms, scope, value, options).promise;
}

class Turn extends Wait<unknown> {
  readonly #value: unknown;

  constructor(scope: Scope | undefined, value: unknown, options: SleepOptions | undefined) {
    super(scope, options);
    this.#value = value;
    waitForTurn(this);
  }

  turnCame(): void {
    this.resolve(this.#value);
  }

  override describe(): string {
    return 'sleep(0)';
  }

  protected override withdraw(): void {}
}

class Sleep extends Wait<unknown> {
  readonly #ms: number;
  readonly #timer: Timer | undefined;

  constructor(ms: number, scope: Scope | undefined, value: unknown, options: SleepOptions | undefined) {
    super(scope, options);
    this.#ms = ms;
    // For ever is a wait nothing but a cancellation ends.
    if (ms === Infinity) return;
    this.#timer = setTimer(ms, () => this.resolve(value));
    if (options?.ref === false) this.#timer.setRef(false);
  }

  override describe(): string {
    return `sleep(${this.#ms})`;
  }

  protected override withdraw(): void {
    this.#timer?.cancel();
  }
}
