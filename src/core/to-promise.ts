import { Future } from './future.ts';
import { promiseOf } from './thenable.ts';

/** As `promiseOf`, without a detour for futures: they are bound to the scope they are awaited in, and behave. */
export function toPromise<T>(value: T | PromiseLike<T>): Promise<T> | undefined {
  return value instanceof Future ? value.result() : promiseOf(value);
}
