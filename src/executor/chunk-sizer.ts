/** What one message to a worker should be worth: long enough to drown its cost, short enough to balance the load. */
const TARGET_MS = 2;
/** Less than V8 keeps among its small objects: beyond it lists are dearer to make and to collect. */
const MAX_ITEMS = 16_000;

/** How many items of a `map` travel together: one at first, then by how long they were seen to take. */
export class ChunkSizer {
  readonly #fixed: boolean;
  readonly #most: number;
  #size: number;

  /** @param most never more than this, so that every worker gets its share of the buffer. */
  constructor(fixed: number | undefined, most: number) {
    this.#fixed = fixed !== undefined;
    this.#most = Math.max(1, Math.min(most, MAX_ITEMS));
    this.#size = fixed ?? 1;
  }

  get size(): number {
    return this.#size;
  }

  /** Takes note of a chunk that came back. Grows by steps, because the first items may be cheap by chance. */
  record(items: number, milliseconds: number): void {
    if (this.#fixed) return;
    const ideal = Math.floor((TARGET_MS * items) / Math.max(milliseconds, 1e-3));
    this.#size = Math.max(1, Math.min(ideal, this.#size * 4, this.#most));
  }
}
