import { inspect } from 'node:util';
import { BrokenBarrierError } from '../errors.ts';
import { currentScope } from '../core/context.ts';
import { aCount, checkArgument } from '../core/options.ts';
import { checkpointError, checkWaitOptions, type WaitOptions } from '../core/wait.ts';
import { WaitQueue } from '../core/wait-queue.ts';

type BarrierState = 'filling' | 'draining' | 'resetting' | 'broken';

export interface BarrierStatistics {
  readonly parties: number;
  readonly waiting: number;
  readonly broken: boolean;
}

/**
 * Lets `parties` tasks go on together once all have arrived, again and again. Who comes while the last round is still
 * leaving waits outside. A task that is cancelled while it waits just leaves; the barrier is not broken by that.
 *
 * @see https://docs.python.org/3/library/asyncio-sync.html#asyncio.Barrier
 */
export class Barrier {
  readonly parties: number;
  #state: BarrierState = 'filling';
  /** Those that have arrived and not yet left. */
  #inside = 0;
  readonly #waiters = passage('barrier.wait()');
  readonly #entrance = passage('barrier.wait() (the last round is leaving)');

  constructor(parties: number) {
    checkArgument('parties', parties, aCount(1));
    this.parties = parties;
  }

  /** How many have arrived and wait for the others. */
  get nWaiting(): number {
    return this.#state === 'filling' ? this.#inside : 0;
  }

  get broken(): boolean {
    return this.#state === 'broken';
  }

  /**
   * Waits for the others. Gives each a number of its own, from 0 to `parties - 1`.
   * @throws BrokenBarrierError when it is, or meanwhile becomes, reset or aborted.
   */
  async wait(options?: WaitOptions): Promise<number> {
    checkWaitOptions(options, 'barrier.wait()');
    const scope = currentScope();
    const error = checkpointError(scope, options);
    if (error !== undefined) throw error;
    while (this.#state === 'draining' || this.#state === 'resetting') {
      await this.#entrance.park(scope, options).promise;
    }
    this.#throwIfAborted();
    const index = this.#inside++;
    try {
      if (this.#inside === this.parties) {
        this.#state = 'draining';
        this.#waiters.grantAll();
      } else {
        await this.#waiters.park(scope, options).promise;
        this.#throwIfBroken();
      }
      return index;
    } finally {
      this.#leave();
    }
  }

  /** Sends those who wait away with a `BrokenBarrierError`, and begins anew. */
  reset(): void {
    if (this.#inside === 0) this.#state = 'filling';
    else if (this.#state !== 'resetting') {
      this.#state = 'resetting';
      this.#waiters.grantAll();
    }
    if (this.#state === 'filling') this.#entrance.grantAll();
  }

  /** Breaks it: those who wait and all who come get a `BrokenBarrierError`, until `reset()`. */
  abort(): void {
    this.#state = 'broken';
    this.#waiters.grantAll();
    this.#entrance.grantAll();
  }

  statistics(): BarrierStatistics {
    return { parties: this.parties, waiting: this.nWaiting, broken: this.broken };
  }

  // Both look at the state again, which others changed during an await.
  #throwIfAborted(): void {
    if (this.#state === 'broken') throw new BrokenBarrierError('Barrier aborted');
  }

  #throwIfBroken(): void {
    if (this.#state === 'broken' || this.#state === 'resetting') {
      throw new BrokenBarrierError('Abort or reset of barrier');
    }
  }

  #leave(): void {
    if (--this.#inside > 0 || this.#state === 'broken' || this.#state === 'filling') return;
    this.#state = 'filling';
    this.#entrance.grantAll();
  }

  static {
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: Barrier): string {
        return `Barrier { ${this.#state}, parties: ${this.parties}, waiting: ${this.nWaiting} }`;
      },
    });
  }
}

function passage(what: string): WaitQueue<void> {
  return new WaitQueue<void>({ describe: () => what, deliver: (wait) => wait.resolve(), handBack: () => {} });
}
