import { enterContext, holdContext } from '../core/context.ts';
import { soon } from '../core/soon.ts';
import type { Scope } from '../core/scope.ts';
import type { WaitOptions } from '../core/wait.ts';
import { QueuedWait, type WaitQueue } from '../core/wait-queue.ts';

type Work = () => unknown;

/** What gives back a permit that a function was run with. */
export interface Holder {
  release(): void;
}

/** A release in whose microtask nothing else happens: the function it lets in can start there and then. */
let handingOver = false;
let heir: HeldWait | undefined;

/**
 * The wait of a `run()` for its permit. The wait ends when the function starts, the promise when the function ends.
 *
 * It is not an async function, because with a live `AsyncLocalStorage` Node 20 calls a hook for the promise behind
 * each `await`, and of a hand-over these were the greater part. For the same reason the next function starts in the
 * microtask in which the last one ended. Between a grant and a start that comes later a cancellation hands the
 * grant back.
 */
export class HeldWait extends QueuedWait<unknown> {
  readonly #holder: Holder;
  readonly #fn: Work;
  /** The async context of whoever asked: the function starts where another one ended. */
  readonly #context = holdContext(this.promise);

  constructor(
    queue: WaitQueue<unknown>,
    scope: Scope | undefined,
    options: WaitOptions | undefined,
    holder: Holder,
    fn: Work,
  ) {
    super(queue, scope, options);
    this.#holder = holder;
    this.#fn = fn;
  }

  override granted(): void {
    if (handingOver && heir === undefined) heir = this;
    else soon(() => this.start());
  }

  /** Takes what was granted. For `soon` and for whoever handed over. */
  start(): void {
    this.queue.deliver(this);
  }

  /** For the queue's `deliver`: the permit is taken. */
  begin(): void {
    this.end();
    const task = this.scope?.task;
    if (task !== undefined) task.carrying = true;
    enterContext(this.#context, callHeld, this);
  }

  /** For `begin`, in the async context. */
  call(): void {
    promiseOf(this.#fn).then(
      (value) => this.#ended(false, value),
      (error: unknown) => this.#ended(true, error),
    );
  }

  #ended(failed: boolean, outcome: unknown): void {
    let next: HeldWait | undefined;
    try {
      next = releaseInJob(this.#holder);
    } catch (error) {
      failed = true;
      outcome = error;
    }
    if (failed) this.fail(outcome);
    else this.fulfil(outcome);
    next?.start();
  }
}

function callHeld(wait: HeldWait): void {
  wait.call();
}

/** What a function gives, as `await` would see it. */
export function promiseOf<T>(fn: () => T | PromiseLike<T>): Promise<Awaited<T>> {
  try {
    return Promise.resolve(fn()) as Promise<Awaited<T>>;
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

/** Releases, in a microtask that does nothing else. Gives the wait that is to be started next, if it is one of these. */
export function releaseInJob(holder: Holder): HeldWait | undefined {
  handingOver = true;
  try {
    holder.release();
    return heir;
  } catch (error) {
    // A release() of somebody's own that let the next in all the same.
    const next = heir;
    if (next !== undefined) soon(() => next.start());
    throw error;
  } finally {
    handingOver = false;
    heir = undefined;
  }
}
