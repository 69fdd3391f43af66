import { InvalidOptionError, type CancelledError } from '../errors.ts';
import { toCancelledError } from './cancellation.ts';
import { enterContext, type HeldContext, holdContext } from './context.ts';
import { aJoinable, ensureFuture, type Joinable, type Joined } from './ensure-future.ts';
import { awaitsTurn, handedOver } from './fair-turn.ts';
import { Future, type FutureListener } from './future.ts';
import { getRunningLoop } from './loop.ts';
import { aBoolean, aLimit, checkArgument, checkOptions, type Checks } from './options.ts';
import type { Task, TaskFunction } from './task.ts';

export interface GatherOptions {
  /** Errors take their place in the result instead of being thrown. */
  returnExceptions?: boolean | undefined;
  /** The first failure cancels what has not started, waits for what has, then is thrown. */
  failFast?: boolean | undefined;
  /** How many of the functions run at once. Default: all. */
  concurrency?: number | undefined;
}

const NO_OPTIONS: GatherOptions = {};

const gatherChecks: Checks<GatherOptions> = {
  returnExceptions: aBoolean,
  failFast: aBoolean,
  concurrency: aLimit(1),
};

type Results<I extends readonly unknown[]> = { -readonly [K in keyof I]: Joined<I[K]> };

/**
 * Waits for all and gives their results in the order of `items`: futures, tasks, promises, and functions, which run
 * as tasks.
 *
 * The first failure is thrown at once while the others go on, as in asyncio; later ones are dropped, and of the
 * functions that wait for their turn none starts any more. With
 * `failFast` what has not started is cancelled and what has is awaited first. Cancelling it, or the scope that
 * awaits it, cancels all that are not done and waits for them, but not for one that refuses. To stop siblings that run,
 * use a `taskGroup`.
 *
 * @example
 * console.log(await gather([async () => 1, Promise.resolve(2)])); // [ 1, 2 ]
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
export function gather(items: Iterable<unknown> = [], options?: GatherOptions): Future<never> {
  if (typeof (items as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== 'function') {
    throw new InvalidOptionError(
      'items',
      'an array, or another iterable, of futures, promises or async functions',
      items,
    );
  }
  checkOptions(options, gatherChecks, 'gather()');
  const list = [...items];
  for (let index = 0; index < list.length; index++) {
    if (aJoinable(list[index]) !== undefined) checkArgument(`items[${index}]`, list[index], aJoinable);
  }
  return new Gathering(list as Joinable<unknown>[], options ?? NO_OPTIONS) as unknown as Future<never>;
}

/**
 * The future of a gather. Functions beyond `concurrency` wait in it as what they are. One that is done leaves nothing
 * but its outcome, so that a long list keeps neither its functions nor their tasks.
 */
class Gathering extends Future<unknown[]> {
  /** A function until its turn comes, then its task; the future of everything else. */
  readonly #places: (Joinable<unknown> | undefined)[];
  readonly #results: unknown[] = [];
  readonly #options: GatherOptions;
  readonly #loop = getRunningLoop();
  /** Functions start in the async context of whoever gathers, not in that of the function whose end made room. */
  #context: HeldContext | undefined;
  #starting = false;
  /** Before this place no function is left to start. */
  #next = 0;
  /** How many more functions may run now. */
  #free: number;
  #running = 0;
  #failure: { readonly error: unknown } | undefined;
  #cancelError: CancelledError | undefined;

  constructor(items: Joinable<unknown>[], options: GatherOptions) {
    super();
    this.#places = items;
    this.#options = options;
    this.#free = options.concurrency ?? Infinity;
    // What is no function has started already and takes no turn.
    for (let index = 0; index < items.length; index++) {
      const item = items[index] as Joinable<unknown>;
      // Not `Array.from({ length })`: that asks the object for each index, which is a tenth of what a function costs here.
      this.#results.push(undefined);
      if (typeof item === 'function') continue;
      items[index] = ensureFuture(item);
      this.#running++;
    }
    // Only now that all are counted: the first that is done already would end it. The same future given twice is
    // listened to twice, runs once and fills both places.
    if (this.#running > 0) for (const child of items) if (child instanceof Future) child.listen(this);
    while (this.#hasTurn()) this.startLater();
    if (this.#next < items.length) this.#context = holdContext();
    this.#finishIfDone();
  }

  override cancel(reason?: unknown): boolean {
    this.markRetrieved();
    if (this.done() || this.#complete()) return false;
    const error = (this.#cancelError ??= toCancelledError(reason));
    this.#next = this.#places.length;
    const places = this.#places;
    for (let index = 0; index < places.length; index++) {
      const child = places[index];
      if (child instanceof Future && !child.cancel(error) && !child.done()) this.#leave(child, index);
    }
    this.#finishIfDone();
    return true;
  }

  override awaits(): readonly Future[] {
    return this.#children().filter((child) => !child.done());
  }

  /** For what was given as a future or a promise. */
  futureDone(child: Future): void {
    this.#running--;
    this.#look(child);
  }

  /** For what was given as a function. */
  turnDone(index: number, task: Future): void {
    if (this.#places[index] === undefined) return;
    this.#running--;
    this.#free++;
    this.#places[index] = undefined;
    this.#results[index] = outcomeOf(task);
    this.#look(task);
  }

  #look(child: Future): void {
    if (this.done()) return;
    if (this.#options.returnExceptions !== true && (child.hasException() || child.cancelled())) {
      this.#failure ??= { error: outcomeOf(child) };
      if (this.#options.failFast === true) this.#cancelWaiting();
      else if (this.#cancelError === undefined) {
        this.setException(this.#failure.error);
        return;
      }
    }
    // One that has run ended in a microtask of its own, in which the next can start. Not so a cancel by somebody else, and
    // not for ever.
    if (this.#next < this.#places.length) this.#startMore(child.cancelled() || awaitsTurn() ? startLater : startHere);
    this.#finishIfDone();
  }

  #startMore(start: (gathering: Gathering) => void): void {
    const context = this.#context;
    // A function that is not async ends within its start: the loop below goes on then, not one inside of it.
    if (this.#starting || context === undefined) return;
    this.#starting = true;
    while (this.#hasTurn()) enterContext(this.#context as HeldContext, start, this as Gathering);
    this.#starting = false;
  }

  /** Whether a function is to start; `#next` is its place. */
  #hasTurn(): boolean {
    const places = this.#places;
    if (this.#free === 0) return false;
    while (this.#next < places.length && typeof places[this.#next] !== 'function') this.#next++;
    return this.#next < places.length;
  }

  /** For `startMore`, in the context: the next function starts in a microtask. */
  startLater(): void {
    this.#follow(this.#loop.createTask(this.#places[this.#next] as TaskFunction<unknown>));
  }

  /** The same at once. What it enters in its context the one after it must not find: that one has another. */
  startHere(): void {
    this.#context = holdContext();
    const task = this.#loop.makeTask(this.#places[this.#next] as TaskFunction<unknown>);
    this.#follow(task);
    handedOver(1);
    task.startInJob();
  }

  #follow(task: Task): void {
    const index = this.#next++;
    this.#free--;
    this.#running++;
    this.#places[index] = task;
    task.listen(new Turn(this, index));
  }

  /** No longer waits for one that refuses to be cancelled. */
  #leave(child: Future, index: number): void {
    child.unlisten(this);
    this.#places[index] = undefined;
    this.#running--;
  }

  #cancelWaiting(): void {
    this.#next = this.#places.length;
    for (const child of this.#children()) if (child.state === 'pending') child.cancel(this.#failure?.error);
  }

  #children(): Future[] {
    return this.#places.filter((place) => place instanceof Future);
  }

  #complete(): boolean {
    return this.#running === 0 && this.#next >= this.#places.length;
  }

  #finishIfDone(): void {
    if (this.done() || !this.#complete()) return;
    this.#context = undefined;
    if (this.#cancelError !== undefined) this.setCancelled(this.#cancelError);
    else if (this.#failure !== undefined) this.setException(this.#failure.error);
    else {
      const results = this.#results;
      this.#places.forEach((place, index) => {
        if (place instanceof Future) results[index] = outcomeOf(place);
      });
      this.setResult(results);
    }
  }
}

function startLater(gathering: Gathering): void {
  gathering.startLater();
}

function startHere(gathering: Gathering): void {
  gathering.startHere();
}

/** The turn of one function. */
class Turn implements FutureListener {
  readonly #gathering: Gathering;
  readonly #index: number;

  constructor(gathering: Gathering, index: number) {
    this.#gathering = gathering;
    this.#index = index;
  }

  futureDone(task: Future): void {
    this.#gathering.turnDone(this.#index, task);
  }
}

/** What a future that is done gives or throws. */
function outcomeOf(child: Future): unknown {
  if (!child.cancelled()) return child.hasException() ? child.exceptionNow() : child.resultNow();
  try {
    return child.resultNow();
  } catch (error) {
    return error;
  }
}
