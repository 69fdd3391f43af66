import { currentScope } from '../core/context.ts';
import { checkpointError, rejected, type Wait, waitForForeign, type WaitOptions } from '../core/wait.ts';

/** Those who wait for one condition of a pool. They look again when woken. */
export class Waiters {
  readonly #what: string;
  #waits: Wait<void>[] = [];

  /** @param what is awaited, for reports: `pool.ready()`. */
  constructor(what: string) {
    this.#what = what;
  }

  get size(): number {
    return this.#waits.length;
  }

  /** Resolves when woken. Rejects when the scope is cancelled, the signal aborted or the time is up. */
  wait(options?: WaitOptions): Promise<void> {
    const scope = currentScope();
    const error = checkpointError(scope, options);
    if (error !== undefined) return rejected(error);
    const wait = waitForForeign<void>(scope, this.#what, options);
    this.#waits = this.#waits.filter(({ settled }) => !settled);
    this.#waits.push(wait);
    return wait.promise;
  }

  wakeAll(): void {
    const waits = this.#waits;
    this.#waits = [];
    for (const wait of waits) wait.resolve();
  }
}
