import type { ChunkPart, ChunkResult } from '../worker/protocol.ts';
import { decodeJobError } from './job-error.ts';
import type { Job } from './job.ts';

/** How an item ended. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

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
  /** How items ended, in their order; as many as are known. */
  readonly #outcomes: Outcome[] = [];
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
    return this.#taken < this.#outcomes.length;
  }

  /** Whether all outcomes are known. */
  get isComplete(): boolean {
    return this.#outcomes.length === this.#size;
  }

  /** Whether all outcomes have been taken. */
  get isSpent(): boolean {
    return this.#taken === this.#size;
  }

  take(): Outcome {
    const outcome = this.#outcomes[this.#taken] as Outcome;
    this.#taken += 1;
    return outcome;
  }

  /** Some items have ended. */
  report([values, failures, begun]: ChunkPart): void {
    this.#add([values, failures]);
    this.#begun = begun;
  }

  /** It could not be sent. */
  refuse(error: unknown): void {
    while (!this.isComplete) this.#outcomes.push({ error });
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
    const known = this.#outcomes.length;
    const begun = Math.max(this.#begun, known);
    this.#size = mayRunAgain ? known : begun;
    const risky = mayRunAgain ? items.slice(known, begun).map((item) => ({ items: [item], lost: true })) : [];
    return begun === items.length ? risky : [...risky, { items: items.slice(begun), lost: false }];
  }

  #add([values, failures]: ChunkResult): void {
    const from = this.#outcomes.length;
    for (const value of values) this.#outcomes.push({ value });
    for (const [index, error] of failures)
      this.#outcomes[from + index] = { error: decodeJobError(this.job as Job, error, this.worker) };
  }
}
