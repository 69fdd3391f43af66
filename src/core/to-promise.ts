import { Future } from './future.ts';
import { isThenable } from './thenable.ts';

/** Of promises whose callbacks nobody else calls. */
const THEN = Promise.prototype.then;

/**
 * The promise behind what a function returned; undefined if that is a value. A thenable is asked at once, for it is to be
 * awaited in the scope that is left by it; and as by `await`: what it throws, gives twice or gives late does no harm.
 */
export function toPromise<T>(value: T | PromiseLike<T>): Promise<T> | undefined {
  if (value instanceof Promise && value.then === THEN) return value;
  if (value instanceof Future) return value.result();
  if (!isThenable(value)) return undefined;
  return new Promise((resolve, reject) => {
    value.then(resolve, reject);
  });
}
