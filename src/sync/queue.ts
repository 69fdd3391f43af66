import { inspect } from 'node:util';
import { InvalidStateError, QueueEmptyError, QueueFullError, QueueShutDownError } from '../errors.ts';
import { currentScope } from '../core/context.ts';
import { awaitsTurn, fairTurn, handedOver } from '../core/fair-turn.ts';
import { Fifo } from '../core/fifo.ts';
import { aBoolean, checkOptions, type Checks } from '../core/options.ts';
import { isThenable } from '../core/thenable.ts';
import type { Scope } from '../core/scope.ts';
import { checkpointError, checkWaitOptions, rejected, type Wait, type WaitOptions } from '../core/wait.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import type { ItemStore } from './item-store.ts';

export interface QueueOptions {
  /** Items it holds before `put` waits. Default, and for zero or less: no limit. */
  maxSize?: number | undefined;
}

export const queueChecks: Checks<QueueOptions> = {
  maxSize: (value) => (value === Infinity || Number.isInteger(value) ? undefined : 'an integer, or Infinity'),
};

export interface QueueShutdownOptions {
  /** Default false. Drops what is in the queue, as if it had been dealt with. */
  immediate?: boolean | undefined;
}

const shutdownChecks: Checks<QueueShutdownOptions> = { immediate: aBoolean };

export interface QueueStatistics {
  readonly size: number;
  readonly maxSize: number;
  /** Items that were put and not yet marked by `taskDone()`. */
  readonly unfinished: number;
  readonly waitingGets: number;
  readonly waitingPuts: number;
  readonly shutDown: boolean;
}

const DONE = Promise.resolve();
const END = Promise.resolve({ done: true, value: undefined } as const);

const toResult = <T>(value: T): IteratorYieldResult<T> => ({ done: false, value });

/** As `await` would: an item that is a promise is given when it is settled. */
function resultOf<T>(item: T): Promise<IteratorYieldResult<T>> {
  return isThenable(item) ? Promise.resolve(item).then(toResult) : Promise.resolve(toResult(item));
}

function endIfShutDown(error: unknown): IteratorReturnResult<undefined> {
  if (error instanceof QueueShutDownError) return { done: true, value: undefined };
  throw error;
}

/** An item was there, or room: nothing has to wait, but for the loop's turn. */
function carried(scope: Scope | undefined): void {
  if (scope?.task !== undefined) scope.task.carrying = true;
  handedOver(1);
}

function inFairTurn<T>(item: T): Promise<T> {
  return fairTurn().then(() => item);
}

/**
 * Hands items from tasks to tasks, first in, first out, waiting gets and puts served in order. A cancelled `get` took
 * nothing, a cancelled `put` put nothing.
 *
 * @example
 * const queue = new Queue<number>({ maxSize: 10 });
 * await queue.put(1);
 * queue.shutdown();
 * for await (const item of queue) console.log(item); // 1
 *
 * @see https://docs.python.org/3/library/asyncio-queue.html
 */
export class Queue<T> implements AsyncIterable<T> {
  readonly maxSize: number;
  readonly #items: ItemStore<T>;
  #unfinished = 0;
  #shutDown = false;
  readonly #getters = new WaitQueue<T>({
    describe: () => 'queue.get()',
    deliver: (wait) => this.#deliverItem(wait),
    handBack: () => this.#wakeGetter(),
  });
  readonly #putters = new WaitQueue<void>({
    describe: () => 'queue.put()',
    deliver: (wait) => this.#deliverRoom(wait),
    handBack: () => this.#wakePutter(),
  });
  readonly #joiners = new WaitQueue<void>({
    describe: () => 'queue.join()',
    deliver: (wait) => wait.resolve(),
    handBack: () => {},
  });

  /** `store` is how the items are kept: what the kinds of queue differ in. */
  constructor(options: QueueOptions = {}, store: ItemStore<T> = new Fifo()) {
    checkOptions(options, queueChecks, new.target.name);
    const { maxSize = 0 } = options;
    this.maxSize = maxSize === Infinity ? 0 : maxSize;
    this.#items = store;
  }

  qsize(): number {
    return this.#items.size;
  }

  empty(): boolean {
    return this.#items.size === 0;
  }

  full(): boolean {
    return this.maxSize > 0 && this.#items.size >= this.maxSize;
  }

  /**
   * Adds an item; waits while the queue is full.
   * @throws QueueShutDownError after `shutdown()`.
   */
  put(item: T, options?: WaitOptions): Promise<void> {
    if (options !== undefined) checkWaitOptions(options, 'queue.put()');
    const scope = currentScope();
    const error = checkpointError(scope, options);
    if (error !== undefined) return rejected(error);
    if (this.#shutDown) return Promise.reject(new QueueShutDownError());
    // Those who were granted room but have not come yet go first, or items would change places.
    if (this.#putters.size + this.#putters.granted === 0 && this.#hasRoom()) {
      try {
        this.#insert(item);
      } catch (thrown) {
        return Promise.reject(thrown);
      }
      carried(scope);
      return fairTurn();
    }
    const wait = this.#putters.park(scope, options);
    wait.payload = item;
    this.#wakePutter();
    return wait.promise;
  }

  /**
   * Removes and gives the next item; waits while there is none.
   * @throws QueueShutDownError after `shutdown()` when it is empty.
   */
  get(options?: WaitOptions): Promise<T> {
    if (options !== undefined) checkWaitOptions(options, 'queue.get()');
    const scope = currentScope();
    const error = checkpointError(scope, options);
    if (error !== undefined) return rejected(error);
    if (this.#getters.size + this.#getters.granted === 0 && this.#items.size > 0) {
      try {
        const item = this.#take();
        carried(scope);
        return awaitsTurn() ? inFairTurn(item) : Promise.resolve(item);
      } catch (thrown) {
        return Promise.reject(thrown);
      }
    }
    if (this.#shutDown && this.#items.size === 0) return Promise.reject(new QueueShutDownError());
    const wait = this.#getters.park(scope, options);
    this.#wakeGetter();
    return wait.promise;
  }

  /** @throws QueueFullError, QueueShutDownError */
  putNowait(item: T): void {
    if (this.#shutDown) throw new QueueShutDownError();
    if (this.full()) throw new QueueFullError();
    this.#insert(item);
    // What it took may have been somebody's already.
    if (this.#putters.granted > 0 && this.#items.size + this.#putters.granted > this.maxSize) this.#putters.recall();
  }

  /** @throws QueueEmptyError, QueueShutDownError */
  getNowait(): T {
    if (this.#items.size > 0) {
      const item = this.#take();
      if (this.#getters.granted > this.#items.size && !this.#shutDown) this.#getters.recall();
      return item;
    }
    throw this.#shutDown ? new QueueShutDownError() : new QueueEmptyError();
  }

  /**
   * Says that an item that was taken is dealt with; `join()` counts.
   * @throws InvalidStateError when called more often than items were put.
   */
  taskDone(): void {
    if (this.#unfinished === 0) throw new InvalidStateError('taskDone() called too many times');
    this.#finish(1);
  }

  /** Waits until every item that was put has been dealt with. */
  join(options?: WaitOptions): Promise<void> {
    if (options !== undefined) checkWaitOptions(options, 'queue.join()');
    const scope = currentScope();
    const error = checkpointError(scope, options);
    if (error !== undefined) return rejected(error);
    return this.#unfinished === 0 ? DONE : this.#joiners.park(scope, options).promise;
  }

  /**
   * Takes no more items. What is in it can still be taken, then every `get` throws; waiting puts throw at once.
   */
  shutdown(options: QueueShutdownOptions = {}): void {
    checkOptions(options, shutdownChecks, 'queue.shutdown()');
    this.#shutDown = true;
    if (options.immediate === true) {
      const dropped = Math.min(this.#items.size, this.#unfinished);
      this.#items.clear();
      this.#finish(dropped);
    }
    // Whoever waits for an item looks once more: another who was granted one may be cancelled.
    this.#getters.grantAll();
    this.#putters.rejectAll(() => new QueueShutDownError());
  }

  /** Gives items until the queue is shut down and empty. Closing the iterator takes back its waits: they took nothing. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    const waits = new Set<Wait<T>>();
    return {
      next: () => this.#next(waits),
      return: () => {
        for (const wait of waits) wait.endEarly(new QueueShutDownError());
        return END;
      },
    };
  }

  // No async function around `get()`: that would make three promises more of each item.
  #next(waits: Set<Wait<T>>): Promise<IteratorResult<T, undefined>> {
    const scope = currentScope();
    const error = checkpointError(scope, undefined);
    if (error !== undefined) return rejected(error);
    if (this.#getters.size + this.#getters.granted === 0 && this.#items.size > 0) {
      try {
        const item = this.#take();
        carried(scope);
        return awaitsTurn() ? inFairTurn(item).then(toResult) : resultOf(item);
      } catch (thrown) {
        return Promise.reject(thrown);
      }
    }
    if (this.#shutDown && this.#items.size === 0) return END;
    for (const earlier of waits) if (earlier.settled) waits.delete(earlier);
    const wait = this.#getters.park(scope, undefined);
    waits.add(wait);
    this.#wakeGetter();
    return wait.promise.then(toResult, endIfShutDown);
  }

  statistics(): QueueStatistics {
    return {
      size: this.#items.size,
      maxSize: this.maxSize,
      unfinished: this.#unfinished,
      waitingGets: this.#getters.size,
      waitingPuts: this.#putters.size,
      shutDown: this.#shutDown,
    };
  }

  #hasRoom(): boolean {
    return this.maxSize <= 0 || this.#items.size + this.#putters.granted < this.maxSize;
  }

  #insert(item: T): void {
    this.#items.add(item);
    this.#unfinished++;
    this.#wakeGetter();
  }

  #take(): T {
    const item = this.#items.take();
    this.#wakePutter();
    return item;
  }

  #finish(count: number): void {
    this.#unfinished -= count;
    if (this.#unfinished === 0) this.#joiners.grantAll();
  }

  #wakeGetter(): void {
    if (this.#shutDown || this.#items.size > this.#getters.granted) this.#getters.grant();
  }

  #wakePutter(): void {
    if (this.#hasRoom()) this.#putters.grant();
  }

  // In both what was granted is still there, but for a shutdown. The comparison of a priority queue may throw: that ends
  // the wait it was for, and the next one has the grant.
  #deliverItem(wait: Wait<T>): void {
    if (this.#items.size === 0) {
      wait.reject(new QueueShutDownError());
      return;
    }
    try {
      wait.carry(this.#take());
    } catch (error) {
      wait.reject(error);
      this.#wakeGetter();
    }
  }

  #deliverRoom(wait: Wait<void>): void {
    if (this.#shutDown) {
      wait.reject(new QueueShutDownError());
      return;
    }
    try {
      this.#insert(wait.payload as T);
      wait.carry(undefined);
    } catch (error) {
      wait.reject(error);
      this.#wakePutter();
    }
  }

  static {
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: Queue<unknown>): string {
        const { waitingGets, waitingPuts, unfinished, shutDown, maxSize } = this.statistics();
        const parts = [`maxSize: ${maxSize}`];
        if (this.qsize() > 0) parts.push(`items: ${inspect(this.#items.toArray(), { depth: 0 })}`);
        if (waitingGets > 0) parts.push(`getters: ${waitingGets}`);
        if (waitingPuts > 0) parts.push(`putters: ${waitingPuts}`);
        if (unfinished > 0) parts.push(`unfinished: ${unfinished}`);
        if (shutDown) parts.push('shut down');
        return `${this.constructor.name} { ${parts.join(', ')} }`;
      },
    });
  }
}
