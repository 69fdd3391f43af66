import type { Future } from '../core/future.ts';
import type { WaitOptions } from '../core/wait.ts';
import { resourceClosed, resourceOpened } from '../core/open-resources.ts';
import type { Executor, ExecutorStatistics, MapOptions, ShutdownOptions, SubmitOptions } from './executor.ts';
import { openEngine } from './open-engine.ts';
import { checkReadyOptions, checkShutdownOptions, checkSubmitOptions, type PoolSettings } from './options.ts';
import type { PoolEngine } from './pool-engine.ts';
import type { WorkerHost } from './pool-worker.ts';
import { ExecutorView } from './view.ts';

const NO_OPTIONS: SubmitOptions = Object.freeze({});

/** What a kind of pool brings along. */
export interface PoolParts {
  readonly openHost: () => WorkerHost;
  /** Begins to start the first worker, for which a job is about to be made, while the engine is loaded. */
  readonly hasten?: () => void;
}

/**
 * What thread and process pools have in common: all of `Executor`. The engine behind it is opened when there is something
 * to do, because a program waits for every line that is loaded before it starts.
 */
export abstract class PoolExecutor implements Executor {
  readonly #settings: PoolSettings;
  readonly #name: string;
  readonly #parts: PoolParts;
  #opened: PoolEngine | undefined;

  protected constructor(settings: PoolSettings, name: string, parts: PoolParts) {
    this.#settings = settings;
    this.#name = name;
    this.#parts = parts;
    const { initializer, initArgs, context, minWorkers } = settings;
    const tellsWorkers = initializer !== undefined || initArgs.length > 0 || context !== undefined;
    if (minWorkers > 0 && !tellsWorkers) parts.hasten?.();
    // What cannot be sent is told here, and there may be workers to start.
    if (minWorkers > 0 || tellsWorkers) void this.#engine;
    resourceOpened(this, () =>
      (this.#opened?.statistics().workers ?? 0) > 0 ? `${name} was never shut down` : undefined,
    );
  }

  get #engine(): PoolEngine {
    return (this.#opened ??= openEngine(this.#settings, this.#name, this.#parts.openHost()));
  }

  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    if (this.#opened === undefined && typeof fn === 'function') this.#parts.hasten?.();
    return this.#engine.submit(fn, args, NO_OPTIONS, this.submit) as Future<Awaited<R>>;
  }

  map<I, R>(
    fn: (item: I) => R,
    items: Iterable<I> | AsyncIterable<I>,
    options: MapOptions = {},
  ): AsyncIterableIterator<Awaited<R>> {
    const results = this.#engine.map(fn as (item: unknown) => unknown, items, options, NO_OPTIONS, this.map);
    return results as AsyncIterableIterator<Awaited<R>>;
  }

  stream<A extends unknown[], T>(
    fn: (...args: A) => Iterable<T> | AsyncIterable<T>,
    ...args: A
  ): AsyncIterableIterator<T> {
    return this.#engine.stream(fn, args, NO_OPTIONS, this.stream) as AsyncIterableIterator<T>;
  }

  with(options: SubmitOptions): Executor {
    checkSubmitOptions(options);
    const { submit, map, stream } = ExecutorView.prototype;
    return new ExecutorView(this, options, {
      submit: (fn, args, merged) => this.#engine.submit(fn, args, merged, submit),
      map: (fn, items, mapOptions, merged) => this.#engine.map(fn, items, mapOptions, merged, map),
      stream: (fn, args, merged) => this.#engine.stream(fn, args, merged, stream),
    });
  }

  /**
   * Runs `fn(...args)` once on every worker: to warm it up, to hand it configuration. Starts workers up to
   * `maxWorkers` first, or as many as can be had; a worker that starts later does not run it (that is what `initializer`
   * is for).
   * @throws SerializationError for arguments marked by `transfer()`: they can be moved to one worker only.
   */
  async runOnAll<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>[]> {
    const jobs = this.#engine.submitToAll(fn, args, NO_OPTIONS, this.runOnAll);
    return (await Promise.all(jobs)) as Awaited<R>[];
  }

  ready(options: WaitOptions = {}): Promise<void> {
    checkReadyOptions(options);
    return this.#engine.ready(options);
  }

  shutdown(options: ShutdownOptions = {}): Promise<void> {
    checkShutdownOptions(options);
    resourceClosed(this);
    return this.#engine.shutdown(options);
  }

  terminate(): Promise<void> {
    resourceClosed(this);
    return this.#engine.terminate();
  }

  statistics(): ExecutorStatistics {
    return this.#engine.statistics();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }
}
