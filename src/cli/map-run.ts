import type { Executor } from '../executor/executor.ts';
import type { Future } from '../core/future.ts';
import { BrokenExecutorError, CancelledError, ExecutorShutDownError } from '../errors.ts';
import { transfer } from '../transport/transfer.ts';
import { Failures } from './failures.ts';
import type { HandlerReference } from './handler-reference.ts';
import { NEEDS_OUT, type HandlerResult } from './handler-result.ts';
import { shouldHalt, type HaltRule } from './halt.ts';
import type { InputItem, InputList } from './inputs.ts';
import { Limiter } from './limiter.ts';
import { HANDLER_ERROR } from './load-handler.ts';
import type { MapCounts } from './progress/meter.ts';
import { readInput } from './read-input.ts';
import { runHandler, type HandlerRequest } from './run-handler.ts';
import type { Sink } from './sink.ts';
import { STORAGE_ERROR } from './storage/file-storage.ts';

export interface MapRunOptions {
  readonly executor: Executor;
  readonly handler: HandlerReference;
  readonly sink: Sink;
  readonly halt: HaltRule;
  /** Further attempts after a failed one. */
  readonly retries: number;
  /** Files read and written at a time. */
  readonly io: number;
  /** Inputs read but not handled yet, and being handled: what bounds the memory. */
  readonly inFlight: number;
  readonly keepOrder: boolean;
  /** Whether lines are text or JSON. */
  readonly lines: 'text' | 'json';
}

/** How a run ended. */
export type MapOutcome = 'finished' | 'halted' | 'stopped';

const STOPPED = 'the run was stopped';

/**
 * One pass over the inputs: read, hand to the pool, write, with a bounded number under way.
 *
 * Reading and writing are this thread's, asynchronous; an item holds a place in flight from before it is read until
 * its result is being written, so that memory does not grow with the number of inputs, and a slow disk slows the
 * reading.
 */
export class MapRun {
  readonly failures: Failures = new Failures();
  readonly #options: MapRunOptions;
  readonly #io: Limiter;
  readonly #flight: Limiter;
  readonly #futures = new Set<Future<HandlerResult>>();
  readonly #ioAbort = new AbortController();
  #inputs: InputList | undefined;
  #succeeded = 0;
  #stopping = false;
  #halted = false;
  #fatal: unknown = undefined;
  /** With `keepOrder`: settled when the result of the item before is out. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: MapRunOptions) {
    this.#options = options;
    this.#io = new Limiter(options.io);
    this.#flight = new Limiter(options.inFlight);
  }

  counts(): MapCounts {
    const { running } = this.#options.executor.statistics();
    return { total: this.#inputs?.total, succeeded: this.#succeeded, failed: this.failures.count, running };
  }

  /**
   * Runs until the inputs end or the run is stopped, and everything under way has ended.
   * @throws what makes going on useless: a handler that cannot be loaded, a pool that is broken.
   */
  async run(inputs: InputList): Promise<MapOutcome> {
    this.#inputs = inputs;
    const underWay = new Set<Promise<void>>();
    let index = 0;
    for await (const item of inputs.items) {
      await this.#flight.acquire();
      if (this.#stopping) break;
      const work: Promise<void> = this.#process(item, index++).finally(() => underWay.delete(work));
      underWay.add(work);
    }
    await Promise.all(underWay);
    if (this.#fatal !== undefined) throw this.#fatal;
    if (this.#halted) return 'halted';
    return this.#stopping ? 'stopped' : 'finished';
  }

  /** Starts nothing new. What has not begun in a worker is dropped; what has may end. */
  stop(): void {
    this.#stopping = true;
    this.#inputs?.close();
    for (const future of this.#futures) {
      if (!future.running()) future.cancel(STOPPED);
    }
  }

  /** Ends what is running, too. Nothing half-written stays. */
  cancel(): void {
    this.#stopping = true;
    this.#inputs?.close();
    for (const future of this.#futures) future.cancel(STOPPED);
    this.#ioAbort.abort();
  }

  /** Never rejects: a failed item is counted, a useless run is stopped. */
  async #process(item: InputItem, index: number): Promise<void> {
    const place = new Place(this.#flight);
    const before = this.#turn;
    let leave = (): void => {};
    if (this.#options.keepOrder) this.#turn = new Promise((resolve) => (leave = resolve));
    try {
      await this.#attempts(item, index, place, before);
    } catch (error) {
      this.#failed(item, error);
    } finally {
      place.leave();
      // A failed item must not let its successors pass those before it.
      void before.then(leave);
    }
  }

  async #attempts(item: InputItem, index: number, place: Place, before: Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await this.#handle(item, index, attempt);
        await this.#put(item, result, place, before);
        this.#succeeded++;
        return;
      } catch (error) {
        if (attempt > this.#options.retries || this.#stopping || isFatal(error)) throw error;
      }
    }
  }

  async #handle(item: InputItem, index: number, attempt: number): Promise<HandlerResult> {
    const { handler, sink, executor, lines } = this.#options;
    const bytes = await this.#io.run(() => readInput(item, this.#ioAbort.signal));
    const request: HandlerRequest = {
      url: handler.url,
      exportName: handler.exportName,
      key: item.key,
      path: item.path,
      bytes,
      line: item.text === undefined ? undefined : lines,
      index,
      attempt,
      resultAs: sink.resultAs,
    };
    const future = executor.submit(runHandler, transfer(request, [bytes.buffer]));
    this.#futures.add(future);
    // It may have been stopped while the file was read.
    if (this.#stopping) future.cancel(STOPPED);
    try {
      return await future;
    } finally {
      this.#futures.delete(future);
    }
  }

  async #put(item: InputItem, result: HandlerResult, place: Place, before: Promise<void>): Promise<void> {
    // With keepOrder an early result waits in its place in flight, so the number that wait is bounded.
    if (this.#options.keepOrder) await before;
    await this.#io.run(async () => {
      place.leave();
      await this.#options.sink.put(item, result, this.#ioAbort.signal);
    });
  }

  #failed(item: InputItem, error: unknown): void {
    if (isFatal(error)) {
      this.#fatal ??= error;
      this.cancel();
      return;
    }
    // What was dropped or cancelled because the run ends has not failed.
    if (this.#stopping && isEnding(error, this.#ioAbort.signal)) return;
    this.failures.add(item.key, error);
    this.#applyHaltRule();
  }

  #applyHaltRule(): void {
    const failed = this.failures.count;
    const ended = this.#succeeded + failed;
    if (this.#stopping || !shouldHalt(this.#options.halt, { failed, ended, total: this.#inputs?.total })) return;
    this.#halted = true;
    if (this.#options.halt.when === 'now') this.cancel();
    else this.stop();
  }
}

/** Nothing can come of the rest either: the fault is not the input's. */
function isFatal(error: unknown): boolean {
  const code = codeOf(error);
  return code === HANDLER_ERROR || code === NEEDS_OUT || code === 'EPIPE' || error instanceof BrokenExecutorError;
}

/** Whether an item ended only because the run does. */
function isEnding(error: unknown, io: AbortSignal): boolean {
  if (error instanceof CancelledError || error instanceof ExecutorShutDownError) return true;
  return io.aborted && codeOf(error) === STORAGE_ERROR;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** A place in flight, given back once. */
class Place {
  #limiter: Limiter | undefined;

  constructor(limiter: Limiter) {
    this.#limiter = limiter;
  }

  leave(): void {
    this.#limiter?.release();
    this.#limiter = undefined;
  }
}
