import { inspect } from 'node:util';
import { reportException } from './exception-handler.ts';
import type { Future, FutureListener } from './future.ts';
import { soon } from './soon.ts';

/** A callback of `addDoneCallback`: called a microtask after the future is done. Disposing takes it back. */
export class DoneCallback implements FutureListener, Disposable {
  readonly #future: Future;
  #fn: ((future: Future) => void) | undefined;

  constructor(future: Future, fn: (future: Future) => void) {
    this.#future = future;
    this.#fn = fn;
  }

  futureDone(): void {
    soon(() => this.#call());
  }

  [Symbol.dispose](): void {
    this.#fn = undefined;
    this.#future.unlisten(this);
  }

  #call(): void {
    try {
      this.#fn?.(this.#future);
    } catch (exception) {
      const message = `Exception in callback for ${inspect(this.#future, { depth: 0 })}`;
      reportException({ message, exception, future: this.#future });
    }
  }
}
