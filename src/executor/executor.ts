import type { Future } from '../core/future.ts';
import type { WaitOptions } from '../core/wait.ts';

/**
 * Runs functions somewhere else: in a thread, a process, another machine. One interface for all.
 *
 * @see https://docs.python.org/3/library/concurrent.futures.html#executor-objects
 */
export interface Executor extends AsyncDisposable {
  /**
   * Queues `fn(...args)` and returns its future. Never blocks. Arguments are copied as by structured clone,
   * before this returns.
   * @throws ExecutorShutDownError, BrokenExecutorError, QueueFullError, CaptureError, SerializationError
   */
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>>;

  /**
   * Applies `fn` to every item, a bounded number at a time, results in input order unless told otherwise. Waits for room
   * in a full queue. An item's error is thrown when its turn comes; the iteration can go on after it.
   * Items are copied, each for itself; what the function captures is copied once for all items of a chunk, so `chunkSize: 1`
   * is for functions that change what they have captured.
   */
  map<I, R>(
    fn: (item: I) => R,
    items: Iterable<I> | AsyncIterable<I>,
    options?: MapOptions,
  ): AsyncIterableIterator<Awaited<R>>;

  /** Runs a generator over there and yields here what it yields, with backpressure. */
  stream<A extends unknown[], T>(
    fn: (...args: A) => Iterable<T> | AsyncIterable<T>,
    ...args: A
  ): AsyncIterableIterator<T>;

  /** A view on the same executor whose submissions carry these options. */
  with(options: SubmitOptions): Executor;

  /**
   * Resolves when the queue has room: backpressure by awaiting. At once when `maxQueue` is not set. First come, first
   * served; the room is kept for the caller until it goes back to the event loop, so submit right after it.
   */
  ready(options?: WaitOptions): Promise<void>;

  /**
   * No new work; what is queued still runs, unless cancelled. Idempotent.
   * `wait: false` returns at once while the work goes on; `timeout` ends with `terminate()` when it passes.
   */
  shutdown(options?: ShutdownOptions): Promise<void>;

  /** Ends every worker now; running and queued work is cancelled. */
  terminate(): Promise<void>;

  statistics(): ExecutorStatistics;
}

export interface ShutdownOptions {
  /** Default true: resolves when all work and all workers have ended. */
  wait?: boolean | undefined;
  /** Default false. Cancels what is queued; what is running ends by itself. */
  cancelFutures?: boolean | undefined;
  /** Milliseconds after which everything that still runs is terminated. */
  timeout?: number | undefined;
}

export interface SubmitOptions {
  /** Cancels the work when aborted. */
  signal?: AbortSignal | undefined;
  /** Milliseconds from the start of the task after which it is cancelled with a `TimeoutError`. */
  timeout?: number | undefined;
  /** Higher runs first. Default 0. */
  priority?: number | undefined;
  /** Tasks with the same key run on the same worker, in order. */
  key?: string | undefined;
  /** Shown in errors, statistics and `offloop top`. Default: the name of the function. */
  name?: string | undefined;
  /**
   * How often to run it again when its worker was lost. Default 0. Above, buffers given away by `transfer()` are copied for
   * each run, and what cannot be copied, such as a `MessagePort`, is refused.
   */
  retries?: number | undefined;
  /** Called here with what the task passes to `progress()` of `offloop/worker`. Its errors go to the loop's exception handler. */
  onProgress?: ((value: unknown) => void) | undefined;
}

export interface MapOptions {
  /**
   * Most items taken from the source whose results have not been yielded. Default: two chunks for each worker, which
   * may be tens of thousands of small items; set it where memory, or how far the source is read ahead, matters.
   */
  bufferSize?: number | undefined;
  /** Items sent in one message. Default: one at first, then what was seen to take 2 ms, 16 000 at most. */
  chunkSize?: number | undefined;
  /** Default true: results in input order; false: as they come. */
  ordered?: boolean | undefined;
  /** Milliseconds from the call after which the iteration ends with a `TimeoutError`. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface ExecutorStatistics {
  /** Workers alive, starting ones included. */
  readonly workers: number;
  readonly idle: number;
  /** Jobs being run. */
  readonly running: number;
  /** Jobs waiting for a worker. */
  readonly queued: number;
  readonly submitted: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Workers that died under a job or while starting. */
  readonly lost: number;
}
