import { TimeoutError } from '../errors.ts';
import { checkTimeout, signalError } from '../core/future.ts';

/** Those who wait for one condition of a pool. They look again when woken. */
export class Waiters {
  readonly #wakes = new Set<() => void>();

  get size(): number {
    return this.#wakes.size;
  }

  wait(options: { timeout?: number | undefined; signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { timeout, signal } = options;
    checkTimeout(timeout);
    if (signal?.aborted) return Promise.reject(signalError(signal));
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        this.#wakes.delete(wake);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        act();
      };
      const wake = (): void => finish(resolve);
      const onAbort = (): void => finish(() => reject(signalError(signal as AbortSignal)));
      const expire = (): void => finish(() => reject(new TimeoutError(`No room after ${timeout} ms`)));
      const timer = timeout === undefined ? undefined : setTimeout(expire, Math.min(timeout, 0x7fffffff));
      this.#wakes.add(wake);
      signal?.addEventListener('abort', onAbort);
    });
  }

  wakeAll(): void {
    for (const wake of this.#wakes) wake();
  }
}
