import { performance } from 'node:perf_hooks';
import { placeOutside } from '../core/carried-context.ts';
import { areImmutable } from '../core/immutable.ts';
import { isThenable } from '../core/thenable.ts';
import { SerializationError } from '../errors.ts';
import { encodeError, type WireError } from '../transport/error-codec.ts';
import { takeTransferList, transfer } from '../transport/transfer.ts';
import { serializationError } from '../transport/unclonable.ts';
import type { ChunkPart, ChunkResult } from './protocol.ts';

type Callable = (item: unknown) => unknown;
/** Sends a part of the results. A promise when it is not on its way yet: resolves when it is. */
type SendPart = (part: ChunkPart) => Promise<void> | undefined;

/** How much work may be lost with a worker that dies without a word. */
const REPORT_MS = 1;

/** How many items of a function are worth a report: one at first, then by how long they were seen to take. */
export class Pace {
  batch = 1;

  /** Takes note of items that were run. Grows by steps, because the first items may be cheap by chance. */
  record(items: number, milliseconds: number): void {
    const ideal = Math.floor((REPORT_MS * items) / Math.max(milliseconds, 1e-3));
    this.batch = Math.max(1, Math.min(ideal, this.batch * 4));
  }
}

/**
 * Runs the items of a chunk, one after the other; one that fails leaves its neighbours alone.
 *
 * Should the worker be lost, the pool must know which items may have been begun and what came of those that ended. So
 * the results go out about once a millisecond, each time with a bound up to which the next items may be begun, and once
 * more when the worker has time for last words. No item is begun beyond a bound that is not on its way. An exact note
 * for each item would cost more than most items do.
 *
 * A chunk that takes less than that is answered as a whole, and nothing is said before.
 */
export class ChunkRun {
  readonly #fn: Callable;
  readonly #items: readonly unknown[];
  readonly #pace: Pace;
  readonly #send: SendPart;
  readonly #place = placeOutside();
  readonly #variables = this.#place.variables;
  #next = 0;
  /** Items before this one may be begun. */
  #bound = 0;
  /** Since when, and from which item on, the pace is being measured. */
  #since = 0;
  #from = 0;
  #stopped = false;
  /** What came of the items that ended since the last report. */
  #values: unknown[] = [];
  #failures: [index: number, error: WireError][] = [];

  constructor(fn: Callable, items: readonly unknown[], pace: Pace, send: SendPart) {
    this.#fn = fn;
    this.#items = items;
    this.#pace = pace;
    this.#send = send;
  }

  /** What came of the items that were not reported in parts. */
  run(): ChunkResult | Promise<ChunkResult> {
    this.#since = performance.now();
    const wait = this.#proceed();
    return wait === undefined ? this.#result() : this.#runLater(wait);
  }

  /** Nobody waits for it any more: no further item is begun. */
  stop(): void {
    this.#stopped = true;
  }

  /** The worker is about to end. */
  lastWords(): void {
    if (!this.#stopped) void this.#report(Math.min(this.#next + 1, this.#items.length));
  }

  async #runLater(first: Promise<void>): Promise<ChunkResult> {
    for (let wait: Promise<void> | undefined = first; wait !== undefined; wait = this.#proceed()) await wait;
    return this.#result();
  }

  /** Goes on until something has to be waited for; undefined at the end. */
  #proceed(): Promise<void> | undefined {
    const fn = this.#fn;
    const items = this.#items;
    while (this.#next < items.length && !this.#stopped) {
      if (this.#next === this.#bound) {
        const sent = this.#openBatch();
        if (sent !== undefined) return sent;
      }
      // What an item sets, its neighbours do not see.
      this.#place.variables = this.#variables;
      try {
        const value = fn(items[this.#next]);
        if (isThenable(value)) return this.#whenSettled(value);
        this.#values.push(value);
      } catch (error) {
        this.#fail(error);
      }
      this.#next += 1;
    }
    return undefined;
  }

  async #whenSettled(value: PromiseLike<unknown>): Promise<void> {
    try {
      this.#values.push(await value);
    } catch (error) {
      this.#fail(error);
    }
    this.#next += 1;
  }

  #fail(error: unknown): void {
    this.#failures.push([this.#values.length, encodeError(error)]);
    this.#values.push(undefined);
  }

  #openBatch(): Promise<void> | undefined {
    this.#measure();
    this.#bound = Math.min(this.#next + this.#pace.batch, this.#items.length);
    // Without a word, all items may be begun.
    const isWhole = this.#next === 0 && this.#bound === this.#items.length;
    return isWhole ? undefined : this.#report(this.#bound);
  }

  #measure(): void {
    if (this.#next === this.#from) return;
    const now = performance.now();
    this.#pace.record(this.#next - this.#from, now - this.#since);
    this.#since = now;
    this.#from = this.#next;
  }

  #result(): ChunkResult {
    this.#measure();
    const values = this.#values;
    // One value that cannot be sent must not take its mates with it.
    if (this.#items.length > 1 && !areImmutable(values)) {
      void this.#report(this.#items.length);
      return [[], []];
    }
    return moving([values, this.#failures], values);
  }

  #report(begun: number): Promise<void> | undefined {
    const values = this.#values;
    const failures = this.#failures;
    this.#values = [];
    this.#failures = [];
    try {
      return this.#send(moving([values, failures, begun], values));
    } catch (error) {
      if (!(error instanceof SerializationError)) throw error;
      return this.#reportSingly(values, new Map(failures), begun);
    }
  }

  #reportSingly(
    values: readonly unknown[],
    failures: Map<number, WireError>,
    begun: number,
  ): Promise<void> | undefined {
    let sent: Promise<void> | undefined;
    for (const [index, value] of values.entries()) {
      let failure = failures.get(index);
      try {
        if (failure === undefined) sent = this.#send(moving([[value], [], begun], [value]));
      } catch (error) {
        failure = encodeError(serializationError(value, 'result', error));
      }
      if (failure !== undefined) sent = this.#send([[undefined], [[0, failure]], begun]);
    }
    return sent;
  }
}

/** Marks what is sent so that what its values gave away is moved. */
function moving<T extends readonly unknown[]>(message: T, values: readonly unknown[]): T {
  const list = takeTransferList(values);
  return list === undefined ? message : transfer(message, list);
}
