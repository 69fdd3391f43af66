import assert from 'node:assert/strict';

/** Numbers from 0 up to, not including, `length`. */
export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** All values. */
export async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of results) values.push(value);
  return values;
}

/** Values and errors in the order they come, the iteration going on after an error. */
export async function settle<T>(results: AsyncIterator<T>): Promise<(T | Error)[]> {
  const outcomes: (T | Error)[] = [];
  for (;;) {
    try {
      const { done, value } = await results.next();
      if (done === true) return outcomes;
      outcomes.push(value);
    } catch (error) {
      assert.ok(error instanceof Error);
      outcomes.push(error);
    }
  }
}
