/** What `acquire()` gives: disposing it releases, once. */
export interface Guard extends Disposable {
  release(): void;
}

interface Releasable {
  release(): void;
  toString(): string;
}

export class AcquiredGuard implements Guard {
  #owner: Releasable | undefined;

  constructor(owner: Releasable) {
    this.#owner = owner;
  }

  release(): void {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
