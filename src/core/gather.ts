import { InvalidOptionError, type CancelledError } from '../errors.ts';
import { toCancelledError } from './cancellation.ts';
import { ensureFuture, type Joinable, type Joined } from './ensure-future.ts';
import { Future } from './future.ts';
import { isThenable } from './thenable.ts';

export interface GatherOptions {
  /** Errors take their place in the result instead of being thrown. */
  returnExceptions?: boolean | undefined;
  /** The first failure cancels what has not started, waits for what has, then is thrown. */
  failFast?: boolean | undefined;
  /** How many of the functions run at once. Default: all. */
  concurrency?: number | undefined;
}

type Results<I extends readonly unknown[]> = { -readonly [K in keyof I]: Joined<I[K]> };

/**
 * Waits for all and gives their results in the order of `items`: futures, tasks, promises, and functions, which run
 * as tasks.
 *
 * The first failure is thrown at once while the others go on, as in asyncio; later ones are dropped, and of the
 * functions that wait for their turn none starts any more. With
 * `failFast` what has not started is cancelled and what has is awaited first. Cancelling it, or the scope that
 * awaits it, cancels all that are not done. To stop siblings that run, use a `taskGroup`.
 *
 * @example
 * console.log(await gather([async () => 1, Promise.resolve(2)])); // [1, 2]
 *
 * @see https://docs.python.org/3/library/asyncio-task.html#asyncio.gather
 */
export function gather<const I extends readonly unknown[]>(
  items: I,
  options: GatherOptions & { returnExceptions: true },
): Future<{ -readonly [K in keyof I]: Joined<I[K]> | Error }>;
export function gather<const I extends readonly Joinable<unknown>[]>(
  items: I,
  options?: GatherOptions,
): Future<Results<I>>;
export function gather<T>(items: Iterable<Joinable<T>>, options?: GatherOptions): Future<T[]>;
export function gather(): Future<[]>;
export function gather(items: Iterable<unknown> = [], options: GatherOptions = {}): Future<never> {
  if (typeof (items as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== 'function') {
    throw new InvalidOptionError('items', 'an iterable of futures, promises or async functions', items);
  }
  const { concurrency } = options;
  if (concurrency !== undefined && !(concurrency >= 1)) {
    throw new InvalidOptionError('concurrency', 'a number of at least 1', concurrency);
  }
  const list = [...items];
  list.forEach((item, index) => {
    if (typeof item !== 'function' && !isThenable(item)) {
      throw new InvalidOptionError(`items[${index}]`, 'a future, a promise or an async function', item);
    }
  });
  return new Gathering(list as Joinable<unknown>[], options) as unknown as Future<never>;
}

/** The future of a gather. Functions beyond `concurrency` wait in it as what they are; they have not started. */
class Gathering extends Future<unknown[]> {
  readonly #items: Joinable<unknown>[];
  readonly #children: (Future | undefined)[];
  readonly #options: GatherOptions;
  /** Tasks made here that take one of the `concurrency` places. */
  readonly #limited: Set<Future> | undefined;
  #next = 0;
  #free: number;
  #running = 0;
  #failure: { readonly error: unknown } | undefined;
  #cancelError: CancelledError | undefined;

  constructor(items: Joinable<unknown>[], options: GatherOptions) {
    super();
    this.#items = items;
    this.#options = options;
    this.#children = Array.from({ length: items.length });
    this.#free = options.concurrency ?? Infinity;
    if (this.#free !== Infinity) this.#limited = new Set();
    // What is no function has started already and takes no place among the functions.
    for (let index = 0; index < items.length; index++) {
      const item = items[index] as Joinable<unknown>;
      if (typeof item !== 'function') this.#children[index] = ensureFuture(item);
    }
    // All are counted before the first can end it. The same future given twice is listened to twice, runs once and
    // fills both places.
    const given = this.#children.filter((child) => child !== undefined);
    this.#running = given.length;
    for (const child of given) child.listen(this);
    this.#startMore();
    this.#finishIfDone();
  }

  override cancel(reason?: unknown): boolean {
    this.markRetrieved();
    if (this.done() || this.#complete()) return false;
    this.#cancelError ??= toCancelledError(reason);
    this.#next = this.#items.length;
    for (const child of this.#children) child?.cancel(this.#cancelError);
    this.#finishIfDone();
    return true;
  }

  override awaits(): readonly Future[] {
    return this.#children.filter((child) => child !== undefined && !child.done()) as Future[];
  }

  futureDone(child: Future): void {
    this.#running--;
    if (this.#limited?.delete(child) === true) this.#free++;
    if (this.done()) return;
    const error = failureOf(child);
    if (error !== undefined && this.#options.returnExceptions !== true) {
      this.#failure ??= error;
      if (this.#options.failFast === true) this.#cancelWaiting();
      else if (this.#cancelError === undefined) {
        this.setException(error.error);
        return;
      }
    }
    this.#startMore();
    this.#finishIfDone();
  }

  #startMore(): void {
    while (this.#free > 0 && this.#next < this.#items.length) {
      const index = this.#next++;
      const item = this.#items[index] as Joinable<unknown>;
      if (typeof item !== 'function') continue;
      this.#free--;
      const task = ensureFuture(item);
      this.#children[index] = task;
      this.#running++;
      this.#limited?.add(task);
      task.listen(this);
    }
  }

  #cancelWaiting(): void {
    this.#next = this.#items.length;
    for (const child of this.#children) if (child?.state === 'pending') child.cancel(this.#failure?.error);
  }

  #complete(): boolean {
    return this.#running === 0 && this.#next >= this.#items.length;
  }

  #finishIfDone(): void {
    if (this.done()) return;
    while (this.#next < this.#items.length && typeof this.#items[this.#next] !== 'function') this.#next++;
    if (!this.#complete()) return;
    if (this.#cancelError !== undefined) this.setCancelled(this.#cancelError);
    else if (this.#failure !== undefined) this.setException(this.#failure.error);
    else this.setResult(this.#children.map((child) => outcomeOf(child as Future)));
  }
}

/** Boxed, because an error can be anything, `undefined` too. */
function failureOf(child: Future): { readonly error: unknown } | undefined {
  if (!child.cancelled() && !child.hasException()) return undefined;
  try {
    child.resultNow();
    return undefined;
  } catch (error) {
    return { error };
  }
}

function outcomeOf(child: Future): unknown {
  const failure = failureOf(child);
  return failure === undefined ? child.resultNow() : failure.error;
}
