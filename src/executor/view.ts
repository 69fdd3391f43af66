import type { Future } from '../core/future.ts';
import type { WaitOptions } from '../core/wait.ts';
import type { Executor, ExecutorStatistics, MapOptions, ShutdownOptions, SubmitOptions } from './executor.ts';
import { checkSubmitOptions } from './options.ts';

type Items = Iterable<unknown> | AsyncIterable<unknown>;

/** How a view reaches the executor behind it, with options. */
export interface ViewTarget {
  submit(fn: unknown, args: readonly unknown[], options: SubmitOptions): Future;
  map(
    fn: (item: unknown) => unknown,
    items: Items,
    options: MapOptions,
    submitOptions: SubmitOptions,
  ): AsyncIterableIterator<unknown>;
  stream(fn: unknown, args: readonly unknown[], options: SubmitOptions): AsyncIterableIterator<unknown>;
}

/** The same executor, whose submissions carry options. Shutting down the view shuts down the executor. */
export class ExecutorView implements Executor {
  readonly #executor: Executor;
  readonly #options: SubmitOptions;
  readonly #target: ViewTarget;

  constructor(executor: Executor, options: SubmitOptions, target: ViewTarget) {
    this.#executor = executor;
    this.#options = options;
    this.#target = target;
  }

  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    return this.#target.submit(fn, args, this.#options) as Future<Awaited<R>>;
  }

  map<I, R>(
    fn: (item: I) => R,
    items: Iterable<I> | AsyncIterable<I>,
    options: MapOptions = {},
  ): AsyncIterableIterator<Awaited<R>> {
    const results = this.#target.map(fn as (item: unknown) => unknown, items, options, this.#options);
    return results as AsyncIterableIterator<Awaited<R>>;
  }

  stream<A extends unknown[], T>(
    fn: (...args: A) => Iterable<T> | AsyncIterable<T>,
    ...args: A
  ): AsyncIterableIterator<T> {
    return this.#target.stream(fn, args, this.#options) as AsyncIterableIterator<T>;
  }

  with(options: SubmitOptions): Executor {
    checkSubmitOptions(options);
    return new ExecutorView(this.#executor, { ...this.#options, ...options }, this.#target);
  }

  ready(options?: WaitOptions): Promise<void> {
    return this.#executor.ready(options);
  }

  shutdown(options?: ShutdownOptions): Promise<void> {
    return this.#executor.shutdown(options);
  }

  terminate(): Promise<void> {
    return this.#executor.terminate();
  }

  statistics(): ExecutorStatistics {
    return this.#executor.statistics();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }
}
