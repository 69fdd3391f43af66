import { SerializationError, TimeoutError } from '../errors.ts';
import { signalError } from '../core/cancellation.ts';
import { currentScope } from '../core/context.ts';
import { checkpointError, Limit, rejected } from '../core/wait.ts';
import { ChunkSizer } from './chunk-sizer.ts';
import { Chunk } from './chunk.ts';
import type { MapOptions } from './executor.ts';
import type { Job } from './job.ts';
import { sourceOf, type AsyncItems, type Source } from './map-source.ts';
import { Waiters } from './waiters.ts';

/** What `map` needs of its pool. */
export interface MapTarget {
  readonly workers: number;
  /** Every item has a time limit of its own, so they travel alone. */
  readonly singly: boolean;
  /** Resolves when the queue has room; undefined when it has now, or never will. */
  whenRoom(): Promise<void> | undefined;
  /** A job comes for which there was room, or that has to do without. Throws when none can be submitted any more. */
  check(): void;
  make(items: readonly unknown[]): Job;
  submit(job: Job): void;
  /** The items of a job whose worker was lost; undefined when they cannot be had again. */
  restore(job: Job): readonly unknown[] | undefined;
}

type Result = IteratorResult<unknown, undefined>;

const DONE: Result = { done: true, value: undefined };

/**
 * Results of a function over many items. Takes from the source only what it has room for: items taken whose results
 * have not been yielded never number more than the buffer. Starts at once, whether or not anybody iterates.
 *
 * An item's error is thrown when its turn comes; the next `next()` goes on with the next item. A scope that is cancelled
 * while it iterates cancels what is queued and running.
 */
export class MapIterator implements AsyncIterableIterator<unknown> {
  readonly #source: Source;
  readonly #target: MapTarget;
  readonly #ordered: boolean;
  readonly #sizer: ChunkSizer;
  readonly #bufferSize: number | undefined;
  readonly #limit: Limit;
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
  /** Calls of `next` that have not been answered. They are answered one after the other. */
  #waiting = 0;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(items: Iterable<unknown> | AsyncIterable<unknown>, options: MapOptions, target: MapTarget) {
    this.#source = sourceOf(items);
    this.#target = target;
    this.#ordered = options.ordered ?? true;
    this.#bufferSize = options.bufferSize;
    const chunkSize = target.singly ? 1 : options.chunkSize;
    this.#sizer = new ChunkSizer(chunkSize, mostPerChunk(this.#source, options, target.workers));
    const fail = (error: unknown): void => this.#fail(error);
    this.#limit = new Limit(
      { endEarly: fail, expire: (ms) => fail(new TimeoutError(`map() did not end within ${ms} ms`)) },
      options,
    );
    this.#limit.unref();
    if (options.signal?.aborted === true) fail(signalError(options.signal));
    else this.#fill();
  }

  next(): Promise<Result> {
    const error = checkpointError(currentScope());
    if (error !== undefined) {
      this.#abandon(error);
      return rejected(error);
    }
    if (this.#waiting === 0) {
      const chunk = this.#ready();
      if (chunk !== undefined) return this.#yield(chunk);
    }
    this.#waiting += 1;
    const turn = this.#tail.then(() => this.#advance());
    this.#tail = turn.then(noop, noop);
    return turn;
  }

  /** Cancels what is queued or running and closes the source. */
  async return(): Promise<Result> {
    if (!this.#closed) {
      this.#close();
      await this.#source.close();
    }
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #advance(): Promise<Result> {
    try {
      for (;;) {
        const chunk = this.#ready();
        if (chunk !== undefined) return await this.#yield(chunk);
        const end = this.#end();
        if (end !== undefined) return end;
        await this.#untilChanged();
      }
    } finally {
      // Before anybody hears of the answer: whoever asks again then is answered without taking turns.
      this.#waiting -= 1;
    }
  }

  /** What there is to say when no more results will come; undefined as long as some may. Throws what ended it. */
  #end(): Result | undefined {
    if (this.#closed) return DONE;
    const failure = this.#failure ?? (this.#chunks.length === 0 ? this.#sourceError : undefined);
    if (failure === undefined && !(this.#sourceEnded && this.#chunks.length === 0)) return undefined;
    this.#close();
    if (failure !== undefined) throw failure.error;
    return DONE;
  }

  /** Rejects when the scope is cancelled, and then only. */
  async #untilChanged(): Promise<void> {
    try {
      await this.#changes.wait();
    } catch (error) {
      this.#abandon(error);
      throw error;
    }
  }

  /**
   * A cancelled scope ends what it waits for, and at once: `for await` does not close an iteration that throws. Whoever
   * goes on elsewhere gets what is known, then the cancellation, and never takes the results for complete.
   */
  #abandon(error: unknown): void {
    if (this.#sourceEnded && this.#chunks.every(({ isComplete }) => isComplete)) return;
    this.#fail(error);
    this.#limit.lift();
  }

  /** The chunk whose next outcome is to be yielded. */
  #ready(): Chunk | undefined {
    const chunk = this.#ordered ? this.#chunks[0] : this.#chunks.find(({ isReady }) => isReady);
    return chunk?.isReady === true ? chunk : undefined;
  }

  #yield(chunk: Chunk): Promise<Result> {
    const result = chunk.take();
    this.#held -= 1;
    if (chunk.isSpent) this.#chunks.splice(this.#chunks.indexOf(chunk), 1);
    this.#fill();
    return result;
  }

  /**
   * Takes from the source and submits while there is room for a whole chunk.
   * @param hasWaited the pool has room for one job.
   */
  #fill(hasWaited = false): void {
    if (this.#closed || this.#sourceEnded || this.#pulling) return;
    if (this.#source.kind === 'async') {
      void this.#fillAsync(this.#source);
      return;
    }
    const source = this.#source;
    for (let size = this.#room(); size > 0 && !this.#sourceEnded; size = this.#room()) {
      const wait = hasWaited ? undefined : this.#target.whenRoom();
      if (wait !== undefined) {
        void this.#fillWhen(wait);
        return;
      }
      hasWaited = false;
      const items = source.take(size, (error) => this.#endSource(error));
      if (source.ended) this.#sourceEnded = true;
      this.#submit(items);
    }
  }

  async #fillWhen(hasRoom: Promise<void>): Promise<void> {
    this.#pulling = true;
    await hasRoom;
    this.#pulling = false;
    this.#fill(true);
  }

  async #fillAsync(source: AsyncItems): Promise<void> {
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
        const wait = items.length === 0 ? undefined : this.#target.whenRoom();
        if (wait !== undefined) await wait;
        if (!this.#closed && this.#failure === undefined) this.#submit(items);
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
    const known = this.#chunks.length;
    try {
      this.#target.check();
      const job = this.#target.make(items);
      this.#chunks.push(this.#track(items.length, job));
      this.#target.submit(job);
    } catch (error) {
      this.#chunks.length = known;
      if (items.length > 1 && isAboutAValue(error)) {
        this.#held -= items.length;
        for (const item of items) this.#submit([item]);
        return;
      }
      if (isAboutAValue(error)) {
        const refused = new Chunk(1, undefined);
        refused.refuse(error);
        this.#chunks.push(refused);
      } else {
        this.#held -= items.length;
        this.#endSource(error);
        this.#closeSource();
      }
      this.#changed();
    }
  }

  #track(size: number, job: Job): Chunk {
    const chunk = new Chunk(size, job);
    const more = job.more;
    more.onStart = (worker) => {
      chunk.worker = worker;
      chunk.startedAt = performance.now();
    };
    more.onReport = (part) => {
      chunk.report(part);
      this.#changed();
    };
    more.onLost = () => this.#divide(chunk, job);
    job.listen({ futureDone: () => this.#ended(chunk) });
    return chunk;
  }

  #ended(chunk: Chunk): void {
    const index = this.#chunks.indexOf(chunk);
    if (index === -1) return;
    chunk.end();
    if (chunk.startedAt !== 0) this.#sizer.record(chunk.size, performance.now() - chunk.startedAt);
    if (!this.#ordered) {
      this.#chunks.splice(index, 1);
      this.#chunks.push(chunk);
    }
    this.#changed();
  }

  /** A worker was lost: jobs for the items of its chunk that are to be run again. They take its place. */
  #divide(chunk: Chunk, job: Job): readonly Job[] {
    const index = this.#chunks.indexOf(chunk);
    const items = index === -1 ? undefined : this.#target.restore(job);
    if (items === undefined) return [];
    const losses = job.extras?.losses ?? 0;
    const parts = chunk.divide(items, job.mayRunAgain).map((part) => {
      const again = this.#target.make(part.items);
      again.more.losses = part.lost ? losses + 1 : losses;
      if (job.extras?.calls !== undefined) again.more.calls = job.extras.calls.forPart(again);
      return { job: again, chunk: this.#track(part.items.length, again) };
    });
    const rest = parts.map((part) => part.chunk);
    this.#chunks.splice(index, 1, ...(chunk.isSpent ? rest : [chunk, ...rest]));
    return parts.map((part) => part.job);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#sourceEnded = true;
    const all = this.#chunks;
    const unknown = all.findIndex(({ isComplete }) => !isComplete);
    // What is known may still be yielded, but in order: nothing that comes after a gap.
    if (this.#ordered) this.#chunks = unknown === -1 ? all : all.slice(0, unknown);
    else this.#chunks = all.filter(({ isComplete }) => isComplete);
    for (const { job } of all) job?.cancel(error);
    this.#closeSource();
    this.#changed();
  }

  #endSource(error: unknown): void {
    this.#sourceEnded = true;
    this.#sourceError ??= { error };
  }

  /** When the map ends by itself: what the source says to that would hide what the map ends with. */
  #closeSource(): void {
    this.#source.close().catch(noop);
  }

  #close(): void {
    this.#closed = true;
    this.#limit.lift();
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

function isAboutAValue(error: unknown): boolean {
  return error instanceof SerializationError;
}

function noop(): void {}
