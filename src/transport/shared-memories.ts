/**
 * Numbers for shared memory that is sent to workers. A worker is shown each piece once, by port; from then on a message
 * names it by its number, which costs nothing. The numbers are of the sending thread, not of a channel: a message may be
 * encoded before it is known who will get it.
 *
 * A worker keeps what it was shown until it is told that the piece is gone here.
 */
export class SharedMemories {
  readonly #numbers = new WeakMap<SharedArrayBuffer, number>();
  readonly #registry: FinalizationRegistry<number>;
  #last = 0;

  /** @param onGone the piece of this number cannot be sent any more: it was collected. */
  constructor(onGone: (number: number) => void) {
    this.#registry = new FinalizationRegistry(onGone);
  }

  numberOf(memory: SharedArrayBuffer): number {
    const known = this.#numbers.get(memory);
    if (known !== undefined) return known;
    this.#last += 1;
    this.#numbers.set(memory, this.#last);
    this.#registry.register(memory, this.#last);
    return this.#last;
  }
}
