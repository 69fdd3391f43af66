import { InvalidStateError } from '../errors.ts';
import { currentScope } from '../core/context.ts';
import { aCount, aFunction, checkArgument } from '../core/options.ts';
import { checkpointError, type Wait, waitForForeign } from '../core/wait.ts';

/**
 * Puts what several tasks do into one order: step 0 runs first, then step 1, whoever has it. For tests of what
 * happens when two tasks meet in just that way.
 *
 * @example
 * const sequencer = new Sequencer();
 * const order: string[] = [];
 * await gather([
 *   async () => sequencer.step(1, () => order.push('second')),
 *   async () => sequencer.step(0, () => order.push('first')),
 * ]);
 * console.log(order); // [ 'first', 'second' ]
 *
 * @see https://trio.readthedocs.io/en/stable/reference-testing.html#trio.testing.Sequencer
 */
export class Sequencer {
  readonly #waits = new Map<number, Wait<void>>();
  readonly #claimed = new Set<number>();
  #next = 0;
  #broken = false;

  /**
   * Waits for its turn, runs `fn`, lets the next one run.
   * @throws InvalidStateError when the position is taken, or when a step before was cancelled and so never ran.
   */
  async step<T>(position: number, fn: () => T | PromiseLike<T>): Promise<T> {
    checkArgument('position', position, aCount(0));
    checkArgument('fn', fn, aFunction);
    if (this.#claimed.has(position)) throw new InvalidStateError(`Step ${position} exists already`);
    if (this.#broken) throw new InvalidStateError('Sequencer is broken: a step before was cancelled');
    this.#claimed.add(position);
    try {
      const scope = currentScope();
      const error = checkpointError(scope);
      if (error !== undefined) throw error;
      if (position !== this.#next) {
        const wait = waitForForeign<void>(scope, `step ${position} of a sequencer`);
        this.#waits.set(position, wait);
        await wait.promise;
      }
    } catch (error) {
      this.#break();
      throw error;
    }
    try {
      return await fn();
    } finally {
      this.#next = position + 1;
      this.#waits.get(this.#next)?.resolve();
    }
  }

  /** Everyone who waits would wait for ever. */
  #break(): void {
    this.#broken = true;
    for (const wait of this.#waits.values()) {
      wait.reject(new InvalidStateError('Sequencer is broken: a step before was cancelled'));
    }
  }
}
