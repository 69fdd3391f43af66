import { InvalidOptionError } from '../errors.ts';

/** Where the items of a `map` come from. */
export type Source = ItemSource | AsyncItems;

/** Items that are there when they are asked for. */
export interface ItemSource {
  readonly kind: 'sync';
  /** Set when `take` came to the end. */
  readonly ended: boolean;
  /** Up to `size` items; fewer at the end, and when the source throws, which `failed` is told. */
  take(size: number, failed: (error: unknown) => void): readonly unknown[];
  /** Nothing more will be taken. Rejects with what the iterator throws at that. */
  close(): Promise<void>;
}

/** The iterator of arrays as the language has it: then nobody sees whether it or `slice` takes the items. */
const iterateArray = Array.prototype[Symbol.iterator];
const arrayIterator = Object.getPrototypeOf([][Symbol.iterator]()) as { next: unknown };
const nextOfArray = arrayIterator.next;

class ArrayItems implements ItemSource {
  readonly kind = 'sync';
  ended = false;
  readonly #items: readonly unknown[];
  #position = 0;

  constructor(items: readonly unknown[]) {
    this.#items = items;
  }

  take(size: number): readonly unknown[] {
    const items = this.#items.slice(this.#position, this.#position + size);
    this.#position += items.length;
    this.ended = items.length < size;
    return items;
  }

  async close(): Promise<void> {}
}

class IteratorItems implements ItemSource {
  readonly kind = 'sync';
  ended = false;
  readonly #iterator: Iterator<unknown>;
  /** It has ended, thrown, or been closed. */
  #isOver = false;

  constructor(iterator: Iterator<unknown>) {
    this.#iterator = iterator;
  }

  take(size: number, failed: (error: unknown) => void): readonly unknown[] {
    const items: unknown[] = [];
    try {
      while (items.length < size) {
        const { done, value } = this.#iterator.next();
        if (done) {
          this.ended = this.#isOver = true;
          break;
        }
        items.push(value);
      }
    } catch (error) {
      this.#isOver = true;
      failed(error);
    }
    return items;
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#iterator.return?.();
  }
}

/** Items that have to be waited for, one at a time. */
export class AsyncItems {
  readonly kind = 'async';
  readonly #iterator: AsyncIterator<unknown>;
  #isOver = false;
  #isWaiting = false;

  constructor(iterator: AsyncIterator<unknown>) {
    this.#iterator = iterator;
  }

  async next(): Promise<IteratorResult<unknown>> {
    this.#isWaiting = true;
    try {
      const step = await this.#iterator.next();
      if (step.done) this.#isOver = true;
      return step;
    } catch (error) {
      this.#isOver = true;
      throw error;
    } finally {
      this.#isWaiting = false;
    }
  }

  /**
   * Nothing more will be taken. A generator that waits for something closes when that has come, which may be never:
   * then nobody waits for it. Otherwise rejects with what the iterator throws.
   */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const closed = this.#iterator.return?.();
    if (this.#isWaiting) closed?.catch(noop);
    else await closed;
  }
}

function noop(): void {}

/** @throws InvalidOptionError */
export function sourceOf(items: Iterable<unknown> | AsyncIterable<unknown>): Source {
  const source = items as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  const async = source?.[Symbol.asyncIterator];
  if (typeof async === 'function') return new AsyncItems(async.call(source));
  const sync = source?.[Symbol.iterator];
  if (typeof sync !== 'function') throw new InvalidOptionError('items', 'an iterable or an async iterable', items);
  const isPlain = sync === iterateArray && arrayIterator.next === nextOfArray;
  if (isPlain && Array.isArray(items) && Object.getPrototypeOf(items) === Array.prototype) return new ArrayItems(items);
  return new IteratorItems(sync.call(source));
}
