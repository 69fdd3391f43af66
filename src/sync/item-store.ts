/** How a queue keeps its items: the only thing in which the kinds of queue differ. */
export interface ItemStore<T> {
  readonly size: number;
  add(item: T): void;
  /** Removes the next one. Only when there is one. */
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

/** Smallest first, by a comparison; a binary heap. */
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
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Ranked<T>;
      if (!this.#before(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  take(): T {
    const heap = this.#heap;
    const first = heap[0] as Ranked<T>;
    const last = heap.pop() as Ranked<T>;
    if (heap.length > 0) this.#sink(last);
    return first.item;
  }

  clear(): void {
    this.#heap = [];
  }

  toArray(): T[] {
    return [...this.#heap].sort((a, b) => (this.#before(a, b) ? -1 : 1)).map(({ item }) => item);
  }

  #sink(entry: Ranked<T>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && this.#before(heap[right] as Ranked<T>, heap[child] as Ranked<T>)) child = right;
      if (!this.#before(heap[child] as Ranked<T>, entry)) break;
      heap[at] = heap[child] as Ranked<T>;
      at = child;
    }
    heap[at] = entry;
  }

  #before(a: Ranked<T>, b: Ranked<T>): boolean {
    const order = this.#compare(a.item, b.item);
    return order === 0 ? a.rank < b.rank : order < 0;
  }
}
