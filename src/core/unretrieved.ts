import { reportException } from './exception-handler.ts';
import type { Future } from './future.ts';

/**
 * Reports the failure of a future nobody looks at. Python does when the object is collected; here the failure has
 * until the end of the turn to find a taker.
 */
export function reportUnlessRetrieved(future: Future): void {
  setImmediate(() => {
    if (holders.has(future)) return;
    const failure = future.takeUnretrieved();
    if (failure === undefined) return;
    const { creationStack } = future;
    reportException({
      message: `${future[Symbol.toStringTag]} exception was never retrieved`,
      exception: failure.exception,
      future,
      ...(creationStack === undefined ? {} : { sourceTraceback: creationStack }),
    });
  });
}

/** Failed futures that somebody will hand on later, and how many will. */
const holders = new WeakMap<Future, number>();

/** Puts the report off until `handOn`: `wait()` and `asCompleted()` do not look at an error, they give it to who may. */
export function holdFailure(future: Future): void {
  if (future.hasException()) holders.set(future, (holders.get(future) ?? 0) + 1);
}

/** Ends `holdFailure`: whoever has the future now has until the end of the turn. */
export function handOn(future: Future): void {
  const count = holders.get(future);
  if (count === undefined) return;
  if (count > 1) holders.set(future, count - 1);
  else {
    holders.delete(future);
    reportUnlessRetrieved(future);
  }
}
