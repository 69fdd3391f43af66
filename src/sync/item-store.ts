/** How a queue keeps its items: the only thing in which the kinds of queue differ. */
export interface ItemStore<T> {
  readonly size: number;
  /** Where it throws, as a comparison may, the item is not in it. */
  add(item: T): void;
  /** Removes the next one. Only when there is one. Where it throws, all are still in it. */
  take(): T;
  clear(): void;
  toArray(): T[];
}

/** Last in, first out. */
export class LifoStore<T> implements ItemStore<T> {
  #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    this.#items.push(item);
  }

  take(): T {
    return this.#items.pop() as T;
  }

  clear(): void {
    this.#items = [];
  }

  toArray(): T[] {
    return [...this.#items];
  }
}

interface Ranked<T> {
  readonly item: T;
  /** Order of arrival: equal items leave as they came, which Python's heap does not promise. */
  readonly rank: number;
}

const parentOf = (at: number): number => (at - 1) >> 1;

/** Smallest first, by a comparison; a binary heap. All is compared before anything is moved. */
export class PriorityStore<T> implements ItemStore<T> {
  readonly #compare: (a: T, b: T) => number;
  #heap: Ranked<T>[] = [];
  #ranks = 0;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#heap.length;
  }

  add(item: T): void {
    const heap = this.#heap;
    const entry = { item, rank: this.#ranks++ };
    let place = heap.length;
    while (place > 0 && this.#before(entry, heap[parentOf(place)] as Ranked<T>)) place = parentOf(place);
    let at = heap.length;
    heap.push(entry);
    for (; at > place; at = parentOf(at)) heap[at] = heap[parentOf(at)] as Ranked<T>;
    heap[at] = entry;
  }

  take(): T {
    const heap = this.#heap;
    const size = heap.length - 1;
    let entry = heap[size] as Ranked<T>;
    let at = this.#placeFor(entry, size);
    heap.pop();
    if (size === 0) return entry.item;
    // Each on the way from there to the top moves up by one.
    for (; at > 0; at = parentOf(at)) [entry, heap[at]] = [heap[at] as Ranked<T>, entry];
    const first = heap[0] as Ranked<T>;
    heap[0] = entry;
    return first.item;
  }

  clear(): void {
    this.#heap = [];
  }

  toArray(): T[] {
    return this.#heap.map(({ item }) => item);
  }

  /** Where the last one goes when the first of `size` others is gone. */
  #placeFor(entry: Ranked<T>, size: number): number {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) return at;
      const right = child + 1;
      if (right < size && this.#before(heap[right] as Ranked<T>, heap[child] as Ranked<T>)) child = right;
      if (!this.#before(heap[child] as Ranked<T>, entry)) return at;
      at = child;
    }
  }

  #before(a: Ranked<T>, b: Ranked<T>): boolean {
    const order = this.#compare(a.item, b.item);
    return order === 0 ? a.rank < b.rank : order < 0;
  }
}
