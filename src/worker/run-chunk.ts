import { encodeError } from '../transport/error-codec.ts';
import { isThenable } from '../core/thenable.ts';
import type { ChunkResult } from './protocol.ts';

type Callable = (item: unknown) => unknown;

/** One item after the other; an item that fails leaves its neighbours alone. */
export function runChunk(fn: Callable, items: readonly unknown[]): ChunkResult | Promise<ChunkResult> {
  const values: unknown[] = [];
  const failures: [number, ReturnType<typeof encodeError>][] = [];
  for (let index = 0; index < items.length; index++) {
    try {
      const value = fn(items[index]);
      if (isThenable(value)) return finishChunk(fn, items, value, [values, failures]);
      values.push(value);
    } catch (error) {
      failures.push([index, encodeError(error)]);
      values.push(undefined);
    }
  }
  return [values, failures];
}

/** The rest of a chunk whose function turned out to be asynchronous; `first` is what it gave for the next item. */
async function finishChunk(
  fn: Callable,
  items: readonly unknown[],
  first: PromiseLike<unknown>,
  [values, failures]: [unknown[], [number, ReturnType<typeof encodeError>][]],
): Promise<ChunkResult> {
  const from = values.length;
  for (let index = from; index < items.length; index++) {
    try {
      values.push(await (index === from ? first : fn(items[index])));
    } catch (error) {
      failures.push([index, encodeError(error)]);
      values.push(undefined);
    }
  }
  return [values, failures];
}
