import { reportException } from './exception-handler.ts';
import type { Future } from './future.ts';

/**
 * Reports the failure of a future nobody looks at. Python does when the object is collected; here the failure has
 * until the end of the turn to find a taker.
 */
export function reportUnlessRetrieved(future: Future): void {
  setImmediate(() => {
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
