import type { ChunkPart, ChunkResult } from '../worker/protocol.ts';
import { decodeJobError } from './job-error.ts';
import type { Job } from './job.ts';

/** Some items of a `map`, on their way in one job, and what came of them so far. */
export class Chunk {
  /** Undefined for what could not be sent. */
  readonly job: Job | undefined;
  /** When a worker was given it; 0 before. */
  startedAt = 0;
  worker = '';
  #size: number;
  /** Items before this one may have been begun. */
  #begun: number;
  /** How items ended, in their order; as many as are known. Undefined for those that failed. */
  #values: unknown[] = [];
  /** By the number of the item. */
  #failures: Map<number, unknown> | undefined;
  /** Outcomes that have been yielded. */
  #taken = 0;

  constructor(size: number, job: Job | undefined) {
    this.job = job;
    this.#size = size;
    this.#begun = size;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether the outcome that comes next is known. */
  get isReady(): boolean {
    return this.#taken < this.#values.length;
  }

  /** Whether all outcomes are known. */
  get isComplete(): boolean {
    return this.#values.length === this.#size;
  }

  /** Whether all outcomes have been taken. */
  get isSpent(): boolean {
    return this.#taken === this.#size;
  }

  /** The outcome that comes next, as an iterator gives it. */
  take(): Promise<IteratorResult<unknown, undefined>> {
    const index = this.#taken;
    this.#taken += 1;
    if (this.#failures?.has(index) === true) return Promise.reject(this.#failures.get(index));
    return Promise.resolve({ done: false, value: this.#values[index] });
  }

  /** Some items have ended. */
  report([values, failures, begun]: ChunkPart): void {
    this.#add([values, failures]);
    this.#begun = begun;
  }

  /** It could not be sent. */
  refuse(error: unknown): void {
    while (!this.isComplete) this.#fail(this.#values.push(undefined) - 1, error);
  }

  /** Its job has ended: what is not known by now shares its fate. */
  end(): void {
    try {
      this.#add(this.job?.resultNow() as ChunkResult);
    } catch (error) {
      this.refuse(error);
    }
  }

  /**
   * Its worker was lost: parts with the items that are to be run again, in their order.
   *
   * What was not begun is one part. What may have been begun, and did not end as far as is known, is in parts of one
   * item if it may be run twice (the next loss takes only the one at fault); if not, it stays and fails.
   */
  divide(
    items: readonly unknown[],
    mayRunAgain: boolean,
  ): { readonly items: readonly unknown[]; readonly lost: boolean }[] {
    const known = this.#values.length;
    const begun = Math.max(this.#begun, known);
    this.#size = mayRunAgain ? known : begun;
    const risky = mayRunAgain ? items.slice(known, begun).map((item) => ({ items: [item], lost: true })) : [];
    return begun === items.length ? risky : [...risky, { items: items.slice(begun), lost: false }];
  }

  #add([values, failures]: ChunkResult): void {
    const from = this.#values.length;
    // The list was made for this message: mostly it holds all there is.
    if (from === 0) this.#values = values as unknown[];
    else for (const value of values) this.#values.push(value);
    for (const [index, error] of failures) {
      this.#fail(from + index, decodeJobError(this.job as Job, error, this.worker));
    }
  }

  #fail(index: number, error: unknown): void {
    (this.#failures ??= new Map()).set(index, error);
  }
}
