import { InvalidOptionError, SerializationError, TimeoutError } from '../errors.ts';
import { signalError } from '../core/cancellation.ts';
import type { ChunkResult } from '../worker/protocol.ts';
import { ChunkSizer } from './chunk-sizer.ts';
import type { MapOptions } from './executor.ts';
import { decodeJobError } from './job-error.ts';
import type { Job } from './job.ts';
import { Waiters } from './waiters.ts';

/** What `map` needs of its pool. */
export interface MapTarget {
  readonly workers: number;
  submit(items: readonly unknown[]): Job;
}

interface Chunk {
  readonly size: number;
  readonly job: Job | undefined;
  startedAt: number;
  worker: string;
  /** How each item ended; `undefined` while it is not known. */
  outcomes: readonly Outcome[] | undefined;
  /** Outcomes that have been yielded. */
  cursor: number;
}

type Source =
  | { readonly kind: 'sync'; readonly iterator: Iterator<unknown> }
  | { readonly kind: 'async'; readonly iterator: AsyncIterator<unknown> };

type Outcome = { readonly value: unknown } | { readonly error: unknown };
type Result = IteratorResult<unknown, undefined>;

const DONE: Result = { done: true, value: undefined };

/**
 * Results of a function over many items. Takes from the source only what it has room for: items taken whose results
 * have not been yielded never number more than the buffer. Starts at once, whether or not anybody iterates.
 *
 * An item's error is thrown when its turn comes; the next `next()` goes on with the next item.
 */
export class MapIterator implements AsyncIterableIterator<unknown> {
  readonly #source: Source;
  readonly #target: MapTarget;
  readonly #ordered: boolean;
  readonly #sizer: ChunkSizer;
  readonly #bufferSize: number | undefined;
  /** In flight or with outcomes left: in input order, or in order of completion where that is asked for. */
  #chunks: Chunk[] = [];
  /** Items taken from the source whose results have not been yielded. */
  #held = 0;
  #sourceEnded = false;
  /** Thrown after the results of everything taken before it. */
  #sourceError: { readonly error: unknown } | undefined;
  /** Thrown as soon as there is no result to yield: the time is up, or the signal was aborted. */
  #failure: { readonly error: unknown } | undefined;
  #closed = false;
  #pulling = false;
  readonly #changes = new Waiters('the next result of map()');
  #tail: Promise<unknown> | undefined;
  #release: () => void = () => {};

  constructor(items: Iterable<unknown> | AsyncIterable<unknown>, options: MapOptions, target: MapTarget) {
    this.#source = sourceOf(items);
    this.#target = target;
    this.#ordered = options.ordered ?? true;
    this.#bufferSize = options.bufferSize;
    this.#sizer = new ChunkSizer(options.chunkSize, mostPerChunk(this.#source, options, target.workers));
    this.#watch(options);
    this.#fill();
  }

  next(): Promise<Result> {
    if (this.#tail === undefined) {
      const chunk = this.#ready();
      if (chunk !== undefined) return this.#yield(chunk);
    }
    const turn = (this.#tail ?? Promise.resolve()).then(() => this.#advance());
    const tail = turn.then(noop, noop).then(() => {
      if (this.#tail === tail) this.#tail = undefined;
    });
    this.#tail = tail;
    return turn;
  }

  /** Cancels what is queued or running and closes the source. */
  async return(): Promise<Result> {
    if (!this.#closed) {
      this.#close();
      await this.#source.iterator.return?.();
    }
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #advance(): Promise<Result> {
    for (;;) {
      const chunk = this.#ready();
      if (chunk !== undefined) return this.#yield(chunk);
      if (this.#closed) return DONE;
      const failure = this.#failure ?? (this.#chunks.length === 0 ? this.#sourceError : undefined);
      if (failure !== undefined) {
        this.#close();
        throw failure.error;
      }
      if (this.#sourceEnded && this.#chunks.length === 0) {
        this.#close();
        return DONE;
      }
      await this.#changes.wait();
    }
  }

  /** The chunk whose next outcome is to be yielded. */
  #ready(): Chunk | undefined {
    const chunk = this.#ordered ? this.#chunks[0] : this.#chunks.find(({ outcomes }) => outcomes !== undefined);
    return chunk?.outcomes === undefined ? undefined : chunk;
  }

  #yield(chunk: Chunk): Promise<Result> {
    const outcome = (chunk.outcomes as readonly Outcome[])[chunk.cursor] as Outcome;
    chunk.cursor += 1;
    this.#held -= 1;
    if (chunk.cursor === chunk.size) this.#chunks.splice(this.#chunks.indexOf(chunk), 1);
    this.#fill();
    return 'error' in outcome ? Promise.reject(outcome.error) : Promise.resolve({ done: false, value: outcome.value });
  }

  /** Takes from the source and submits while there is room for a whole chunk. */
  #fill(): void {
    if (this.#closed || this.#sourceEnded || this.#pulling) return;
    if (this.#source.kind === 'async') {
      void this.#fillAsync(this.#source.iterator);
      return;
    }
    const source = this.#source.iterator;
    for (let size = this.#room(); size > 0 && !this.#sourceEnded; size = this.#room()) {
      const items: unknown[] = [];
      try {
        while (items.length < size) {
          const { done, value } = source.next();
          if (done) {
            this.#sourceEnded = true;
            break;
          }
          items.push(value);
        }
      } catch (error) {
        this.#endSource(error);
      }
      this.#submit(items);
    }
  }

  async #fillAsync(source: AsyncIterator<unknown>): Promise<void> {
    this.#pulling = true;
    try {
      for (let size = this.#room(); size > 0 && !this.#closed && !this.#sourceEnded; size = this.#room()) {
        const items: unknown[] = [];
        while (items.length < size && !this.#sourceEnded) {
          this.#held += 1;
          const { done, value } = await source.next();
          this.#held -= 1;
          if (done) this.#sourceEnded = true;
          else items.push(value);
        }
        if (!this.#closed) this.#submit(items);
      }
    } catch (error) {
      this.#held -= 1;
      this.#endSource(error);
    }
    this.#pulling = false;
    this.#changed();
  }

  /** Items that may be taken now: a whole chunk or nothing, unless nothing is under way. */
  #room(): number {
    const { size } = this.#sizer;
    const capacity = this.#bufferSize ?? 2 * this.#target.workers * size;
    const room = Math.min(size, capacity - this.#held);
    return room === size || this.#held === 0 || room === capacity ? Math.max(room, 0) : 0;
  }

  #submit(items: readonly unknown[]): void {
    if (items.length === 0) {
      this.#changed();
      return;
    }
    this.#held += items.length;
    try {
      this.#track(items.length, this.#target.submit(items));
    } catch (error) {
      if (items.length > 1 && isAboutAValue(error)) {
        this.#held -= items.length;
        for (const item of items) this.#submit([item]);
        return;
      }
      if (isAboutAValue(error))
        this.#chunks.push({ size: 1, job: undefined, startedAt: 0, worker: '', outcomes: [{ error }], cursor: 0 });
      else {
        this.#held -= items.length;
        this.#endSource(error);
      }
      this.#changed();
    }
  }

  #track(size: number, job: Job): void {
    const chunk: Chunk = { size, job, startedAt: 0, worker: '', outcomes: undefined, cursor: 0 };
    this.#chunks.push(chunk);
    job.more.onStart = (worker) => {
      chunk.worker = worker;
      chunk.startedAt = performance.now();
    };
    const futureDone = (): void => {
      if (!this.#chunks.includes(chunk)) return;
      chunk.outcomes = outcomesOf(job, chunk);
      if (chunk.startedAt !== 0) this.#sizer.record(size, performance.now() - chunk.startedAt);
      if (!this.#ordered) {
        this.#chunks.splice(this.#chunks.indexOf(chunk), 1);
        this.#chunks.push(chunk);
      }
      this.#changed();
    };
    job.listen({ futureDone });
  }

  #watch({ timeout, signal }: MapOptions): void {
    const onAbort = (): void => this.#fail(signalError(signal as AbortSignal));
    const expire = (): void => this.#fail(new TimeoutError(`map() did not end within ${timeout} ms`));
    const timer =
      timeout === undefined || timeout === Infinity ? undefined : setTimeout(expire, Math.min(timeout, 0x7fffffff));
    timer?.unref();
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort);
    this.#release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#sourceEnded = true;
    const all = this.#chunks;
    const unknown = all.findIndex(({ outcomes }) => outcomes === undefined);
    // What is known may still be yielded, but in order: nothing that comes after a gap.
    if (this.#ordered) this.#chunks = unknown === -1 ? all : all.slice(0, unknown);
    else this.#chunks = all.filter(({ outcomes }) => outcomes !== undefined);
    for (const { job } of all) job?.cancel(error);
    this.#changed();
  }

  #endSource(error: unknown): void {
    this.#sourceEnded = true;
    this.#sourceError ??= { error };
  }

  #close(): void {
    this.#closed = true;
    this.#release();
    for (const { job } of this.#chunks) job?.cancel('the map was closed');
    this.#chunks = [];
    this.#changed();
  }

  #changed(): void {
    this.#changes.wakeAll();
  }
}

/** How many items one message may carry at most: every worker should get its share of the buffer, twice. */
function mostPerChunk(source: Source, options: MapOptions, workers: number): number {
  // An item of an asynchronous source goes out when it comes, it does not wait for company.
  if (source.kind === 'async') return 1;
  return options.bufferSize === undefined ? Infinity : Math.floor(options.bufferSize / (2 * workers));
}

function outcomesOf(job: Job, { size, worker }: Chunk): Outcome[] {
  try {
    const [values, failures] = job.resultNow() as ChunkResult;
    const outcomes: Outcome[] = values.map((value) => ({ value }));
    for (const [index, error] of failures) outcomes[index] = { error: decodeJobError(job, error, worker) };
    return outcomes;
  } catch (error) {
    // The whole chunk has ended the same way: its worker was lost, or it was cancelled.
    return Array.from({ length: size }, () => ({ error }));
  }
}

function isAboutAValue(error: unknown): boolean {
  return error instanceof SerializationError;
}

function sourceOf(items: Iterable<unknown> | AsyncIterable<unknown>): Source {
  const source = items as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  const async = source?.[Symbol.asyncIterator];
  if (typeof async === 'function') return { kind: 'async', iterator: async.call(source) };
  const sync = source?.[Symbol.iterator];
  if (typeof sync === 'function') return { kind: 'sync', iterator: sync.call(source) };
  throw new InvalidOptionError('items', 'an iterable or an async iterable', items);
}

function noop(): void {}
