/** After so many failed starts in a row the next would not succeed either. */
const MAX_FAILED_STARTS = 3;
/** A pool that still has workers makes do with them for this long before it tries again to start more. */
const PAUSE_MS = 1000;

/**
 * Keeps count of workers that could not be started, or ended while starting. A pool that has others goes on with those:
 * out of memory, process ids or file descriptors, more workers would not help. A pool that has none left is broken.
 */
export class Starts {
  #failures = 0;
  #pausedUntil = 0;
  #cause: unknown;

  /** No more attempts just now. */
  get isPaused(): boolean {
    return performance.now() < this.#pausedUntil;
  }

  /** Why the last of them failed. */
  get cause(): unknown {
    return this.#cause;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pausedUntil = 0;
  }

  failed(cause: unknown): void {
    this.#cause = cause;
    this.#failures += 1;
    if (this.#failures >= MAX_FAILED_STARTS) this.#pausedUntil = performance.now() + PAUSE_MS;
  }
}
