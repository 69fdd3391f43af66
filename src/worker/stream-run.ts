import { InvalidOptionError } from '../errors.ts';

/**
 * A generator that runs in a worker and is consumed elsewhere. It goes on only while the consumer has given credit,
 * so a slow consumer holds it back instead of filling memory.
 */
export class StreamRun {
  readonly #emit: (value: unknown) => void;
  #credit = 0;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(emit: (value: unknown) => void) {
    this.#emit = emit;
  }

  /** The consumer has room for `count` more values; -1: it wants no more. */
  credit(count: number): void {
    if (count < 0) this.#closed = true;
    else this.#credit += count;
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Emits what the generator yields. Ends when it does, or when the consumer wants no more (its `finally` runs). */
  async run(generator: unknown): Promise<void> {
    for await (const value of iterable(generator)) {
      while (this.#credit === 0 && !this.#closed) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#closed) return;
      this.#credit -= 1;
      this.#emit(value);
    }
  }
}

function iterable(value: unknown): Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)) {
    return value as Iterable<unknown>;
  }
  throw new InvalidOptionError('fn', 'a generator function, or one that returns an iterable', value);
}
