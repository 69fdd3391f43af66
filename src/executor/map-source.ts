import { InvalidOptionError } from '../errors.ts';

/** Where the items of a `map` come from. */
export type Source =
  | { readonly kind: 'sync'; readonly iterator: Iterator<unknown> }
  | { readonly kind: 'async'; readonly iterator: AsyncIterator<unknown> };

/** @throws InvalidOptionError */
export function sourceOf(items: Iterable<unknown> | AsyncIterable<unknown>): Source {
  const source = items as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  const async = source?.[Symbol.asyncIterator];
  if (typeof async === 'function') return { kind: 'async', iterator: async.call(source) };
  const sync = source?.[Symbol.iterator];
  if (typeof sync === 'function') return { kind: 'sync', iterator: sync.call(source) };
  throw new InvalidOptionError('items', 'an iterable or an async iterable', items);
}
