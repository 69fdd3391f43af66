const LEAST = 16;
/** More places than this are given back when they are all empty. */
const KEPT = 1024;

/** First in, first out: a ring that grows. It makes no garbage, and takes from the front without moving the rest. */
export class Fifo<T> {
  #places: (T | undefined)[] = [];
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(item: T): void {
    if (this.#size === this.#places.length) this.#grow();
    this.#places[(this.#first + this.#size) & (this.#places.length - 1)] = item;
    this.#size++;
  }

  /** Removes the next one. Only when there is one. */
  take(): T {
    const places = this.#places;
    const first = this.#first;
    const item = places[first] as T;
    places[first] = undefined;
    this.#first = (first + 1) & (places.length - 1);
    if (--this.#size === 0 && places.length > KEPT) this.clear();
    return item;
  }

  clear(): void {
    this.#places = [];
    this.#first = this.#size = 0;
  }

  toArray(): T[] {
    return [...this.#places.slice(this.#first), ...this.#places.slice(0, this.#first)].slice(0, this.#size) as T[];
  }

  /** A power of two, so that a mask leads around. */
  #grow(): void {
    const items: (T | undefined)[] = this.toArray();
    const length = Math.max(LEAST, items.length * 2);
    for (let index = items.length; index < length; index++) items.push(undefined);
    this.#places = items;
    this.#first = 0;
  }
}
