import { InvalidOptionError } from '../errors.ts';

/** Where the items of a `map` come from. */
export type Source = ItemSource | { readonly kind: 'async'; readonly iterator: AsyncIterator<unknown> };

/** Items that are there when they are asked for. */
export interface ItemSource {
  readonly kind: 'sync';
  readonly iterator: { return?(): unknown };
  /** Set when `take` came to the end. */
  readonly ended: boolean;
  /** Up to `size` items; fewer at the end, and when the source throws, which `failed` is told. */
  take(size: number, failed: (error: unknown) => void): readonly unknown[];
}

/** The iterator of arrays as the language has it: then nobody sees whether it or `slice` takes the items. */
const iterateArray = Array.prototype[Symbol.iterator];
const arrayIterator = Object.getPrototypeOf([][Symbol.iterator]()) as { next: unknown };
const nextOfArray = arrayIterator.next;

class ArrayItems implements ItemSource {
  readonly kind = 'sync';
  readonly iterator = {};
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
}

class IteratorItems implements ItemSource {
  readonly kind = 'sync';
  readonly iterator: Iterator<unknown>;
  ended = false;

  constructor(iterator: Iterator<unknown>) {
    this.iterator = iterator;
  }

  take(size: number, failed: (error: unknown) => void): readonly unknown[] {
    const items: unknown[] = [];
    try {
      while (items.length < size) {
        const { done, value } = this.iterator.next();
        if (done) {
          this.ended = true;
          break;
        }
        items.push(value);
      }
    } catch (error) {
      failed(error);
    }
    return items;
  }
}

/** @throws InvalidOptionError */
export function sourceOf(items: Iterable<unknown> | AsyncIterable<unknown>): Source {
  const source = items as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  const async = source?.[Symbol.asyncIterator];
  if (typeof async === 'function') return { kind: 'async', iterator: async.call(source) };
  const sync = source?.[Symbol.iterator];
  if (typeof sync !== 'function') throw new InvalidOptionError('items', 'an iterable or an async iterable', items);
  const isPlain = sync === iterateArray && arrayIterator.next === nextOfArray;
  if (isPlain && Array.isArray(items) && Object.getPrototypeOf(items) === Array.prototype) return new ArrayItems(items);
  return new IteratorItems(sync.call(source));
}
