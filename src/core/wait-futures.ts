import { InvalidOptionError } from '../errors.ts';
import { setTimer } from './clock.ts';
import { currentScope } from './context.ts';
import { Future } from './future.ts';
import { checkOptions, oneOf, type Checks } from './options.ts';
import type { Scope } from './scope.ts';
import { handOn, holdFailure } from './unretrieved.ts';
import { checkpointError, Wait, waitChecks, type WaitKind, type WaitOptions } from './wait.ts';

export type ReturnWhen = 'allCompleted' | 'firstCompleted' | 'firstException';

export interface WaitForFuturesOptions extends WaitOptions {
  /** Default `'allCompleted'`. */
  returnWhen?: ReturnWhen | undefined;
}

export interface WaitResult<F> {
  readonly done: Set<F>;
  readonly pending: Set<F>;
}

const NO_OPTIONS: WaitForFuturesOptions = {};

const waitForFuturesChecks: Checks<WaitForFuturesOptions> = {
  ...waitChecks,
  returnWhen: oneOf('allCompleted', 'firstCompleted', 'firstException'),
};

/**
 * Waits until all (or the first, or the first failure) of the futures are done, and sorts them into two sets. Throws
 * none of their errors, nor looks at them: one that nobody looks at is reported. The end of `timeout` is not an error either, and cancels nothing; neither does cancelling
 * the wait.
 *
 * @example
 * const { done, pending } = await wait([createTask(async () => 1)], { timeout: 1000 });
 * console.log(done.size, pending.size); // 1 0
 *
 * @throws InvalidOptionError for an empty list, for what is no future, for an unknown `returnWhen`.
 * @see https://docs.python.org/3/library/asyncio-task.html#asyncio.wait
 */
export async function wait<F extends Future>(
  futures: Iterable<F>,
  options: WaitForFuturesOptions = NO_OPTIONS,
): Promise<WaitResult<F>> {
  const set = checkFutures(futures);
  if (options !== NO_OPTIONS) checkOptions(options, waitForFuturesChecks, 'wait()');
  const returnWhen = options.returnWhen ?? 'allCompleted';
  const scope = currentScope();
  const error = checkpointError(scope, options);
  if (error !== undefined) throw error;
  await new Completion(set, returnWhen, scope, options).wait.promise;
  const done = new Set<F>();
  const pending = new Set<F>();
  for (const future of set) (future.done() ? done : pending).add(future);
  return { done, pending };
}

/** What is given is looked up in the sets, so it must be there itself and not a future made for it. */
const A_FUTURE =
  'a future or a task: make a task of a function with createTask(), a future of a promise with ensureFuture()';

function checkFutures<F extends Future>(futures: Iterable<F>): Set<F> {
  const iterable = futures as Partial<Iterable<F>> | null | undefined;
  if (futures instanceof Future || typeof iterable?.[Symbol.iterator] !== 'function') {
    throw new InvalidOptionError('futures', 'an array, or another iterable, of futures or tasks', futures);
  }
  const list = [...futures];
  if (list.length === 0) throw new InvalidOptionError('futures', 'at least one future or task', list);
  for (const [index, future] of list.entries()) {
    if (!(future instanceof Future)) throw new InvalidOptionError(`futures[${index}]`, A_FUTURE, future);
  }
  return new Set(list);
}

class Completion implements WaitKind {
  readonly wait: Wait<void>;
  readonly #futures: Set<Future>;
  readonly #returnWhen: ReturnWhen;
  readonly #pending = new Set<Future>();

  constructor(futures: Set<Future>, returnWhen: ReturnWhen, scope: Scope | undefined, options: WaitOptions) {
    this.wait = new Wait<void>(this, futures, scope, { signal: options.signal });
    this.#futures = futures;
    this.#returnWhen = returnWhen;
    for (const future of futures) {
      if (future.done()) holdFailure(future);
      else {
        this.#pending.add(future);
        future.watch(this.wait);
      }
    }
    for (const future of futures) if (future.done()) this.#look(future);
    this.#endIfAll();
    const { timeout } = options;
    if (this.wait.settled || timeout === undefined || timeout === Infinity) return;
    const timer = setTimer(timeout, () => this.#end());
    void this.wait.promise.then(
      () => timer.cancel(),
      () => timer.cancel(),
    );
  }

  futureDone(_wait: Wait, future: Future): void {
    this.#pending.delete(future);
    holdFailure(future);
    this.#look(future);
    this.#endIfAll();
  }

  describe(): string {
    return `wait() of ${this.#pending.size} (of ${this.#futures.size}) futures`;
  }

  awaits(): readonly Future[] {
    return [...this.#pending];
  }

  withdraw(): void {
    for (const future of this.#futures) {
      if (this.#pending.has(future)) future.unlisten(this.wait);
      else handOn(future);
    }
  }

  #look(future: Future): void {
    if (this.#returnWhen === 'allCompleted') return;
    if (this.#returnWhen === 'firstCompleted' || future.hasException()) this.#end();
  }

  #endIfAll(): void {
    if (this.#pending.size === 0) this.#end();
  }

  #end(): void {
    if (this.wait.settled) return;
    this.withdraw();
    this.wait.resolve();
  }
}
