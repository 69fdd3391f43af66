import type { RingWriter } from './ring.ts';

/**
 * Memory for payloads too large for their slot: a ring of bytes beside the ring of slots.
 *
 * Slots are released in the order they were published, and what they point to with them. So space is taken at
 * the head, comes back at the tail, and there is nothing to fragment and no word to share: whether a piece is
 * free is read off the state of its slot. What does not fit makes the writer go on in a larger *segment*; the
 * slots say which one they mean, and the reader drops a segment when it meets the next. Memory is given back the
 * same way: after a long time of small use the writer goes on in a smaller one.
 */

const SMALLEST_SEGMENT = 64 * 1024;
/** With both directions, what a worker may hold for traffic: 8 MB. Larger payloads travel by port. */
const LARGEST_SEGMENT = 4 * 1024 * 1024;
/** A payload may take this part of the largest segment; beyond, a private copy that is moved is faster. */
const LARGEST_PIECE = LARGEST_SEGMENT / 8;
/** So many payloads in a row must have found three quarters of the segment empty before half of it is given back. */
const QUIET_PIECES = 4096;
/** How often that is looked at: a free segment is used again from its start, which is in the cache. */
const SAMPLE_PIECES = 16;
const ALIGNMENT = 8;

interface Piece {
  /** Number of its slot. */
  readonly count: number;
  /** Bytes, with what was skipped at the end of the segment. */
  readonly size: number;
}

/** What the arena needs of the world: a way to tell the reader about new memory. */
export interface SegmentSink {
  /** Called before anything in the segment is published. */
  announce(segment: number, memory: SharedArrayBuffer): void;
}

/** The side that fills. */
export class ArenaWriter {
  readonly #ring: RingWriter;
  readonly #sink: SegmentSink;
  readonly #limit: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #segment = 0;
  #head = 0;
  #used = 0;
  #peak = 0;
  #puts = 0;
  #pieces: Piece[] = [];
  /** Pieces before this one were given back. */
  #oldest = 0;

  constructor(ring: RingWriter, sink: SegmentSink, limit: number = LARGEST_SEGMENT) {
    this.#ring = ring;
    this.#sink = sink;
    this.#limit = limit;
  }

  /** Number of the segment that the last `put` wrote to; 0 before the first. */
  get segment(): number {
    return this.#segment;
  }

  /** Bytes of memory held. */
  get size(): number {
    return this.#bytes.length;
  }

  /** Copies a payload in, for the slot that is published next. Its offset, or -1: send it another way. */
  put(source: Uint8Array, length: number): number {
    const size = (length + ALIGNMENT - 1) & -ALIGNMENT;
    if (size > Math.min(LARGEST_PIECE, this.#limit / 2)) return -1;
    this.#puts += 1;
    if (this.#puts % SAMPLE_PIECES === 0) this.#sample(size);
    let offset = this.#take(size);
    if (offset === -1) {
      this.#reclaim();
      offset = this.#take(size);
    }
    if (offset === -1 && this.#grow(size)) offset = this.#take(size);
    if (offset !== -1) this.#bytes.set(source.subarray(0, length), offset);
    return offset;
  }

  /** Lets go of all memory once nothing in it waits to be read; false while something does. */
  release(): boolean {
    this.#reclaim();
    if (this.#used !== 0) return false;
    this.#open(0);
    return true;
  }

  #take(size: number): number {
    const capacity = this.#bytes.length;
    const toEnd = capacity - this.#head;
    const skipped = size > toEnd ? toEnd : 0;
    if (this.#used + skipped + size > capacity) return -1;
    const offset = skipped === 0 ? this.#head : 0;
    this.#head = offset + size === capacity ? 0 : offset + size;
    this.#used += skipped + size;
    this.#pieces.push({ count: this.#ring.count, size: skipped + size });
    return offset;
  }

  #reclaim(): void {
    const pieces = this.#pieces;
    while (this.#oldest < pieces.length) {
      const { count, size } = pieces[this.#oldest] as Piece;
      if (count === this.#ring.count || !this.#ring.passed(count)) break;
      this.#used -= size;
      this.#oldest += 1;
    }
    if (this.#oldest > 64 && this.#oldest * 2 > pieces.length) {
      this.#pieces = pieces.slice(this.#oldest);
      this.#oldest = 0;
    }
    if (this.#used === 0) this.#head = 0;
  }

  #grow(size: number): boolean {
    const current = this.#bytes.length;
    if (current >= this.#limit) return false;
    this.#open(Math.min(this.#limit, Math.max(SMALLEST_SEGMENT, current * 2, size * 4)));
    return true;
  }

  /** Sees how much is in use, and goes on in less memory after a long time of using little. */
  #sample(size: number): void {
    this.#reclaim();
    this.#peak = Math.max(this.#peak, this.#used + size);
    if (this.#puts < QUIET_PIECES) return;
    const smaller = Math.max(SMALLEST_SEGMENT, this.#bytes.length / 2);
    if (smaller < this.#bytes.length && this.#peak * 2 < smaller) this.#open(smaller);
    this.#puts = 0;
    this.#peak = 0;
  }

  /** Goes on in new memory. What still waits in the old is the reader's; nothing is written there any more. */
  #open(size: number): void {
    this.#segment += 1;
    this.#head = this.#used = this.#oldest = this.#peak = this.#puts = 0;
    this.#pieces = [];
    const memory = new SharedArrayBuffer(size);
    this.#bytes = new Uint8Array(memory);
    this.#sink.announce(this.#segment, memory);
  }
}
