import type { SharedOperations } from './atomics.ts';

/**
 * A ring of slots between one writer and one reader.
 *
 * States of a slot, in its first word:
 *
 * | from | to | by | when |
 * |---|---|---|---|
 * | `FREE` | `READY` | writer, store | the slot is filled |
 * | `READY` | `CLAIMED` | reader, compare-and-swap | it will be read |
 * | `READY` | `REVOKED` | writer, compare-and-swap | it must not be read after all |
 * | `CLAIMED`, `REVOKED` | `FREE` | reader, store | it was read, or skipped |
 *
 * Of claim and revoke exactly one succeeds: both start from `READY`. The store of `READY` publishes what was
 * written to the slot before; the store of `FREE` says that nothing of it will be read any more, neither in the
 * slot nor in the arena. Both ends go round in order, so each keeps its position to itself and no index is shared.
 *
 * A ring nobody revokes from (replies) is read with `take`, which needs no compare-and-swap.
 */

export const FREE = 0;
export const READY = 1;
export const CLAIMED = 2;
export const REVOKED = 3;

export interface RingPlace {
  readonly words: Int32Array;
  /** Word of the first slot. */
  readonly start: number;
  /** Number of slots, a power of two. */
  readonly slots: number;
  /** Words from one slot to the next. */
  readonly stride: number;
}

/** The writing end. Slots are named by the index of their state word. */
export class RingWriter {
  readonly #shared: SharedOperations;
  readonly #place: RingPlace;
  /** Slots published so far. */
  #count = 0;

  constructor(place: RingPlace, shared: SharedOperations) {
    this.#place = place;
    this.#shared = shared;
  }

  /** How many slots were published: the number of the next. Wraps after 2³². */
  get count(): number {
    return this.#count;
  }

  /** The next slot if it is free, or -1. Nothing is taken until `publish`. */
  next(): number {
    const { words, start, slots, stride } = this.#place;
    const slot = start + (this.#count & (slots - 1)) * stride;
    return this.#shared.load(words, slot) === FREE ? slot : -1;
  }

  /** Shows the slot that `next` gave to the reader. */
  publish(slot: number): void {
    this.#count = (this.#count + 1) >>> 0;
    this.#shared.store(this.#place.words, slot, READY);
  }

  /** Takes a published slot back; false when the reader has it. Its place stays taken until the reader passes. */
  revoke(slot: number): boolean {
    return this.#shared.compareExchange(this.#place.words, slot, READY, REVOKED) === READY;
  }

  /** Whether the slot waits to be read. */
  waiting(slot: number): boolean {
    return this.#shared.load(this.#place.words, slot) === READY;
  }

  /** Whether the reader is done with the slot that was published as number `count`. */
  passed(count: number): boolean {
    const { words, start, slots, stride } = this.#place;
    if ((this.#count - count) >>> 0 > slots) return true;
    return this.#shared.load(words, start + (count & (slots - 1)) * stride) === FREE;
  }
}

/** The reading end. */
export class RingReader {
  readonly #shared: SharedOperations;
  readonly #place: RingPlace;
  #slot: number;
  readonly #end: number;

  constructor(place: RingPlace, shared: SharedOperations) {
    this.#place = place;
    this.#shared = shared;
    this.#slot = place.start;
    this.#end = place.start + place.slots * place.stride;
  }

  /**
   * The slot to be read next, claimed by nobody yet: it may still be revoked. -1 if there is none. Revoked ones
   * before it are skipped, each shown to `skipped` while its content still stands.
   */
  peek(skipped: (slot: number) => void): number {
    for (;;) {
      const slot = this.#slot;
      const state = this.#shared.load(this.#place.words, slot);
      if (state === READY) return slot;
      if (state !== REVOKED) return -1;
      skipped(slot);
      this.release(slot);
    }
  }

  /** Claims the next slot, as `peek` finds it; -1 if there is none. */
  claim(skipped: (slot: number) => void): number {
    for (;;) {
      const slot = this.peek(skipped);
      if (slot === -1) return -1;
      if (this.#shared.compareExchange(this.#place.words, slot, READY, CLAIMED) === READY) return slot;
    }
  }

  /** The next slot of a ring from which nothing is revoked; -1 if there is none. */
  take(): number {
    return this.#shared.load(this.#place.words, this.#slot) === READY ? this.#slot : -1;
  }

  /** Gives the slot back to the writer. Nothing of it may be read afterwards. */
  release(slot: number): void {
    const next = slot + this.#place.stride;
    this.#slot = next === this.#end ? this.#place.start : next;
    this.#shared.store(this.#place.words, slot, FREE);
  }
}
