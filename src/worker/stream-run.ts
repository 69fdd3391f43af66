import { InvalidOptionError } from '../errors.ts';

/** What a stream says to its consumer. */
export interface StreamWire {
  yield(value: unknown): void;
  /** The generator cleans up, because the consumer wants no more. A promise when that is not on its way yet. */
  leaves(): Promise<void> | undefined;
}

/**
 * A generator that runs in a worker and is consumed elsewhere. It goes on only while the consumer has given credit,
 * so a slow consumer holds it back instead of filling memory.
 */
export class StreamRun {
  readonly #wire: StreamWire;
  #credit = 0;
  #closed = false;
  #producing = false;
  #wake: (() => void) | undefined;

  constructor(wire: StreamWire) {
    this.#wire = wire;
  }

  /** The generator is on its way to its next value, or to its end; else it stands at a value. */
  get isProducing(): boolean {
    return this.#producing;
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
    const values = iterable(generator);
    if (this.#closed) return;
    this.#producing = true;
    for await (const value of values) {
      this.#producing = false;
      while (this.#credit === 0 && !this.#closed) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#closed) {
        await this.#wire.leaves();
        return;
      }
      this.#credit -= 1;
      this.#wire.yield(value);
      this.#producing = true;
    }
  }
}

function iterable(value: unknown): Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)) {
    return value as Iterable<unknown>;
  }
  throw new InvalidOptionError('fn', 'a generator function, or one that returns an iterable', value);
}
