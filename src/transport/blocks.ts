const SMALLEST_BYTES = 64 * 1024;
/** Above, one message would take too much of what there is. */
const LARGEST_BYTES = 4096 * 1024;
/** For all that is on its way or kept for the next. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Blocks of shared memory in which large buffers travel: copied in here, copied out over there. Unlike a private copy
 * that is moved, a block can be given to another worker when the first has not begun, and is used again: new memory costs
 * more than copying into memory that is there. Sizes are powers of two, so that one fits the next.
 */
export class Blocks {
  readonly #free = new Map<number, SharedArrayBuffer[]>();
  /** Blocks in use. One whose message is dropped on the way is not given back: it is collected. */
  readonly #out = new WeakSet<SharedArrayBuffer>();
  readonly #registry = new FinalizationRegistry<number>((size) => {
    this.#bytes -= size;
  });
  #bytes = 0;

  /** Whether it holds memory that nobody uses. */
  get untidy(): boolean {
    for (const blocks of this.#free.values()) if (blocks.length > 0) return true;
    return false;
  }

  /** A block for so many bytes, or `undefined`: send them another way. */
  take(bytes: number): SharedArrayBuffer | undefined {
    if (bytes > LARGEST_BYTES) return undefined;
    let size = SMALLEST_BYTES;
    while (size < bytes) size *= 2;
    let block = this.#free.get(size)?.pop();
    if (block === undefined) {
      if (this.#bytes + size > MOST_BYTES) return undefined;
      block = new SharedArrayBuffer(size);
      this.#bytes += size;
      this.#registry.register(block, size);
    }
    this.#out.add(block);
    return block;
  }

  /** Takes back those of these memories that are blocks; nobody may read them any more. */
  release(memories: readonly SharedArrayBuffer[]): void {
    for (const memory of memories) {
      if (!this.#out.delete(memory)) continue;
      const size = memory.byteLength;
      const free = this.#free.get(size);
      if (free === undefined) this.#free.set(size, [memory]);
      else free.push(memory);
    }
  }

  /** Lets go of the memory that nobody uses. */
  tidy(): void {
    this.#free.clear();
  }
}
