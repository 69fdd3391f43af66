/** Of promises whose callbacks nobody else calls. */
const THEN = Promise.prototype.then;

export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as PromiseLike<T>).then === 'function'
  );
}

/**
 * The promise behind what a function returned; undefined if that is a value. A thenable is asked at once, in the async
 * context it was returned in; and as by `await`: what it throws, gives twice or gives late does no harm.
 */
export function promiseOf<T>(value: T | PromiseLike<T>): Promise<T> | undefined {
  if (value instanceof Promise && value.then === THEN) return value;
  if (!isThenable(value)) return undefined;
  return new Promise((resolve, reject) => {
    value.then(resolve, reject);
  });
}
