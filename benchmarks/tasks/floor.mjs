// No candidate, but Node itself: the least that a row takes in any library that is awaited and has a current task, for
// which Node needs an `AsyncLocalStorage` in use.
import { AsyncLocalStorage } from 'node:async_hooks';
import { repeatedly, times, YIELDERS, YIELDS } from './workload.mjs';

new AsyncLocalStorage().enterWith({});

const READY = Promise.resolve(true);

export const measures = {
  checkpoint: {
    'await alone': () =>
      Promise.all(
        times(
          YIELDERS,
          repeatedly(YIELDS, () => READY),
        ),
      ),
  },
};
