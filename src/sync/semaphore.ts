import { inspect } from 'node:util';
import { InvalidStateError } from '../errors.ts';
import { aCount, checkArgument } from '../core/options.ts';
import { Permits } from './permits.ts';

/**
 * Lets `value` tasks in at a time, in the order they came. `release()` may be called without `acquire()`: it adds a
 * permit. Use `BoundedSemaphore` where that would be a mistake.
 *
 * @example
 * const semaphore = new Semaphore(2);
 * await semaphore.run(async () => {
 *   // at most two in here
 * });
 *
 * @see https://docs.python.org/3/library/asyncio-sync.html#asyncio.Semaphore
 */
export class Semaphore extends Permits {
  constructor(value = 1) {
    checkArgument('value', value, aCount(0));
    super(value);
  }

  release(): void {
    this.giveBack();
  }

  protected override describe(method: string): string {
    return `semaphore.${method}()`;
  }

  static {
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: Semaphore): string {
        const { value, waiting } = this.statistics();
        const state = this.locked() ? 'locked' : `unlocked, value: ${value}`;
        return `${this.constructor.name} { ${state}${waiting > 0 ? `, waiters: ${waiting}` : ''} }`;
      },
    });
  }
}

/** A semaphore that refuses more releases than acquires. */
export class BoundedSemaphore extends Semaphore {
  readonly #bound: number;

  constructor(value = 1) {
    super(value);
    this.#bound = value;
  }

  /** @throws InvalidStateError when all permits are free. */
  override release(): void {
    if (this.value >= this.#bound) throw new InvalidStateError('BoundedSemaphore released too many times');
    super.release();
  }
}
