import { InvalidOptionError, TimeoutError } from '../errors.ts';
import { now } from './clock.ts';
import { currentScope } from './context.ts';
import { aJoinable, ensureFuture, type Joinable } from './ensure-future.ts';
import { Future } from './future.ts';
import { checkArgument, checkOptions, type Checks } from './options.ts';
import { handOn, holdFailure } from './unretrieved.ts';
import { checkpointError, rejected, Wait, waitChecks, type WaitKind } from './wait.ts';

export interface AsCompletedOptions {
  /** Milliseconds from the call after which the iteration throws a `TimeoutError`; nothing is cancelled. */
  timeout?: number | undefined;
  /** Ends the iteration with a `CancelledError` when aborted; nothing else is cancelled. */
  signal?: AbortSignal | undefined;
}

const asCompletedChecks: Checks<AsCompletedOptions> = waitChecks;

/**
 * What `for await` takes futures from. An interface of its own, because TypeScript takes the items of an
 * `AsyncIterable` for awaited, and these are not.
 */
export interface FutureIterable<F> {
  [Symbol.asyncIterator](): FutureIterator<F>;
}

export interface FutureIterator<F> {
  next(): Promise<IteratorResult<F, undefined>>;
  /** Called when a loop is left. It can be taken up again. */
  return(): Promise<IteratorResult<F, undefined>>;
}

/** The future itself for a future, else the one made for it. */
type Yielded<J> = J extends Future<infer _T> ? J : J extends () => infer R ? Future<Awaited<R>> : Future<Awaited<J>>;

/**
 * Yields the given futures as they end, the finished ones first; each once. They are the same objects, so a `Map` from
 * future to input works. Functions run as tasks, promises are wrapped. Leaving the loop early cancels nothing, and
 * iterating again goes on where it stopped, with those that ended meanwhile in the order given. An error that nobody
 * looks at is reported.
 *
 * @example
 * for await (const future of asCompleted([createTask(async () => 1)])) console.log(await future); // 1
 *
 * @throws TimeoutError from the iteration, with how many are left; CancelledError when `signal` is aborted.
 * @see https://docs.python.org/3/library/asyncio-task.html#asyncio.as_completed
 */
export function asCompleted<J extends Joinable<unknown>>(
  futures: Iterable<J>,
  options?: AsCompletedOptions,
): FutureIterable<Yielded<J>> {
  const iterable = futures as Partial<Iterable<J>> | null | undefined;
  if (futures instanceof Future || typeof iterable?.[Symbol.iterator] !== 'function') {
    throw new InvalidOptionError(
      'futures',
      'an array, or another iterable, of futures, promises or async functions',
      futures,
    );
  }
  checkOptions(options, asCompletedChecks, 'asCompleted()');
  const list = [...futures];
  // All of them before the first function starts.
  for (let index = 0; index < list.length; index++) {
    if (aJoinable(list[index]) !== undefined) checkArgument(`futures[${index}]`, list[index], aJoinable);
  }
  const completions = new Completions(new Set(list.map((item) => ensureFuture(item))), options ?? {});
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => completions.next() as Promise<IteratorResult<Yielded<J>, undefined>>,
      return: () => completions.left(),
    }),
  };
}

class Completions {
  readonly #total: number;
  readonly #deadline: number | undefined;
  readonly #signal: AbortSignal | undefined;
  /** Not ended yet, as far as this has heard. */
  readonly #pending: Set<Future>;
  /** Ended, not yielded yet. */
  readonly #done: Future[] = [];
  readonly #waits: Wait<IteratorResult<Future, undefined>>[] = [];
  /** Not while nobody iterates: futures that are kept would keep every loop that was ever left. */
  #listening = false;

  constructor(futures: Set<Future>, { timeout, signal }: AsCompletedOptions) {
    this.#total = futures.size;
    this.#pending = futures;
    this.#deadline = timeout === undefined || timeout === Infinity ? undefined : now() + timeout;
    this.#signal = signal;
    this.#listen();
  }

  futureDone(future: Future): void {
    this.#pending.delete(future);
    const wait = this.#waits.shift();
    if (wait !== undefined) wait.resolve({ done: false, value: future });
    else {
      holdFailure(future);
      this.#done.push(future);
    }
  }

  next(): Promise<IteratorResult<Future, undefined>> {
    const scope = currentScope();
    const error = checkpointError(scope, { signal: this.#signal });
    if (error !== undefined) return this.#refuse(error);
    this.#listen();
    const future = this.#done.shift();
    if (future !== undefined) {
      handOn(future);
      return Promise.resolve({ done: false, value: future });
    }
    if (this.#pending.size <= this.#waits.length) return Promise.resolve({ done: true, value: undefined });
    const left = this.#deadline === undefined ? undefined : this.#deadline - now();
    if (left !== undefined && left <= 0) return this.#refuse(this.timeoutError());
    const limits = { timeout: left, signal: this.#signal };
    const wait = new Wait<IteratorResult<Future, undefined>>(COMPLETION, this, scope, limits);
    this.#waits.push(wait);
    return wait.promise;
  }

  left(): Promise<IteratorReturnResult<undefined>> {
    this.#unlisten();
    return Promise.resolve({ done: true, value: undefined });
  }

  withdraw(wait: Wait): void {
    const index = this.#waits.indexOf(wait as Wait<IteratorResult<Future, undefined>>);
    if (index !== -1) this.#waits.splice(index, 1);
    this.#unlisten();
  }

  /** A loop that is thrown out of does not say that it is left. */
  #refuse(error: Error): Promise<never> {
    this.#unlisten();
    return rejected(error);
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    for (const future of this.#done) holdFailure(future);
    for (const future of this.#pending) future.watch(this);
  }

  #unlisten(): void {
    if (!this.#listening || this.#waits.length > 0) return;
    this.#listening = false;
    for (const future of this.#pending) future.unlisten(this);
    for (const future of this.#done) handOn(future);
  }

  timeoutError(): TimeoutError {
    return new TimeoutError(`${this.#pending.size} (of ${this.#total}) futures unfinished`);
  }
}

const COMPLETION: WaitKind = {
  describe: () => 'asCompleted()',
  withdraw: (wait) => (wait.subject as Completions).withdraw(wait),
  expire: (wait) => wait.endEarly((wait.subject as Completions).timeoutError()),
};
