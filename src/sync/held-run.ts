import { enterContext, type HeldContext, holdContext } from '../core/context.ts';
import { awaitsTurn, fairTurn, handedOver } from '../core/fair-turn.ts';
import type { Wait, WaitKind } from '../core/wait.ts';
import type { WaitQueue } from '../core/wait-queue.ts';

/**
 * How a `run()` that has to wait for its permit gets it. The wait ends when the function starts, its promise when the
 * function ends.
 *
 * There is no async function in this, because with a live `AsyncLocalStorage` Node 20 calls a hook for the promise behind
 * each `await`, and of a hand-over these were the greater part. For the same reason the next function starts in the
 * microtask in which the last one ended. Between a grant and a start that comes later a cancellation hands the
 * grant back.
 */
export const HELD: WaitKind = {
  describe: (wait) => (wait.subject as WaitQueue<unknown>).describe(),
  withdraw: (wait) => (wait.subject as WaitQueue<unknown>).withdraw(wait),
  granted(wait): void {
    if (handingOver && heir === undefined) heir = wait;
    else startSoon(wait);
  },
};

/** What gives back a permit that a function was run with. */
interface Holder {
  release(): void;
}

/** Kept with the wait. */
export class HeldCall {
  readonly holder: Holder;
  readonly fn: () => unknown;
  /** That of whoever asked: the function starts where another one ended. */
  readonly context: HeldContext;

  constructor(holder: Holder, fn: () => unknown, wait: Wait) {
    this.holder = holder;
    this.fn = fn;
    this.context = holdContext(wait.promise);
  }
}

/** A release in whose microtask nothing else happens: the function it lets in can start there and then. */
let handingOver = false;
let heir: Wait | undefined;

/** Takes what was granted. */
function start(wait: Wait): void {
  handedOver(1);
  (wait.subject as WaitQueue<unknown>).deliver(wait);
}

function startSoon(wait: Wait): void {
  void fairTurn().then(() => start(wait));
}

/** There and then, unless the loop is to have its turn. */
function startHeir(wait: Wait | undefined): void {
  if (wait === undefined) return;
  if (awaitsTurn()) startSoon(wait);
  else start(wait);
}

/** For the queue's `deliver`: the permit is taken, the function starts. */
export function begin(wait: Wait): void {
  wait.end();
  wait.carrying();
  enterContext((wait.payload as HeldCall).context, call, wait);
}

function call(wait: Wait): void {
  promiseOf((wait.payload as HeldCall).fn).then(
    (value) => ended(wait, false, value),
    (error: unknown) => ended(wait, true, error),
  );
}

function ended(wait: Wait, failed: boolean, outcome: unknown): void {
  let next: Wait | undefined;
  try {
    next = release((wait.payload as HeldCall).holder);
  } catch (error) {
    failed = true;
    outcome = error;
  }
  if (failed) wait.fail(outcome);
  else wait.fulfil(outcome);
  startHeir(next);
}

/** Gives a permit back in a microtask that does nothing else, and starts the function that has it next. */
export function handOver(holder: Holder): void {
  startHeir(release(holder));
}

function release(holder: Holder): Wait | undefined {
  handingOver = true;
  try {
    holder.release();
    return heir;
  } catch (error) {
    // A release() of somebody's own that let the next in all the same.
    const next = heir;
    if (next !== undefined) startSoon(next);
    throw error;
  } finally {
    handingOver = false;
    heir = undefined;
  }
}

/** What a function gives, as `await` would see it. */
export function promiseOf<T>(fn: () => T | PromiseLike<T>): Promise<Awaited<T>> {
  try {
    return Promise.resolve(fn());
  } catch (error) {
    return Promise.reject(error);
  }
}
