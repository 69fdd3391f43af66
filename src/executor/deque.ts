const FIRST_CAPACITY = 16;
/** An emptied one lets go of more memory than this. */
const KEPT_CAPACITY = 1024;

/**
 * A list that grows and shrinks at both ends in constant time: `Array.shift` moves everything up.
 */
export class Deque<T> {
  #items: (T | undefined)[] = Array.from({ length: FIRST_CAPACITY });
  #head = 0;
  #tail = 0;

  get length(): number {
    return (this.#tail - this.#head) & (this.#items.length - 1);
  }

  push(item: T): void {
    this.#items[this.#tail] = item;
    this.#tail = (this.#tail + 1) & (this.#items.length - 1);
    if (this.#tail === this.#head) this.#grow();
  }

  pushFront(item: T): void {
    this.#head = (this.#head - 1) & (this.#items.length - 1);
    this.#items[this.#head] = item;
    if (this.#tail === this.#head) this.#grow();
  }

  shift(): T | undefined {
    if (this.#head === this.#tail) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    if (this.#head === this.#tail && this.#items.length > KEPT_CAPACITY) this.#replace([]);
    return item;
  }

  /** Takes one out, wherever it is. */
  remove(item: T): void {
    const rest = [...this];
    const index = rest.indexOf(item);
    if (index === -1) return;
    rest.splice(index, 1);
    this.#replace(rest);
  }

  /** Takes out those for which `isTaken`, asked once for each in order; they are returned in order. */
  takeWhere(isTaken: (item: T) => boolean): T[] {
    const taken: T[] = [];
    const rest: T[] = [];
    for (const item of this) (isTaken(item) ? taken : rest).push(item);
    if (taken.length > 0) this.#replace(rest);
    return taken;
  }

  /** Takes out all. */
  takeAll(): T[] {
    const all = [...this];
    this.#replace([]);
    return all;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = this.#head; index !== this.#tail; index = (index + 1) & (this.#items.length - 1)) {
      yield this.#items[index] as T;
    }
  }

  #replace(items: readonly T[]): void {
    let capacity = FIRST_CAPACITY;
    while (capacity <= items.length) capacity *= 2;
    this.#items = Array.from({ length: capacity });
    this.#head = 0;
    this.#tail = items.length;
    for (let index = 0; index < items.length; index++) this.#items[index] = items[index];
  }

  #grow(): void {
    const { length } = this.#items;
    this.#items = [...this.#items.slice(this.#head), ...this.#items.slice(0, this.#head)];
    this.#items.length = length * 2;
    this.#head = 0;
    this.#tail = length;
  }
}
