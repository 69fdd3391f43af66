import { inspect } from 'node:util';
import { currentScope } from '../core/context.ts';
import { checkpointError, checkWaitOptions, rejected, type WaitOptions } from '../core/wait.ts';
import { WaitQueue } from '../core/wait-queue.ts';

export interface EventStatistics {
  readonly waiting: number;
}

/** One for all who need not wait: a promise each would be half of what a checkpoint costs. */
const IS_SET = Promise.resolve(true as const);

/**
 * A flag tasks wait for. `set()` wakes all who wait; `clear()` lowers it without undoing that.
 *
 * @see https://docs.python.org/3/library/asyncio-sync.html#asyncio.Event
 */
export class Event {
  #set = false;
  readonly #waiters = new WaitQueue<true>({
    describe: () => 'event.wait()',
    deliver: (wait) => wait.resolve(true),
    handBack: () => {},
  });

  isSet(): boolean {
    return this.#set;
  }

  set(): void {
    this.#set = true;
    this.#waiters.grantAll();
  }

  clear(): void {
    this.#set = false;
  }

  /** Waits until it is set; at once when it is. Gives `true`. */
  wait(options?: WaitOptions): Promise<true> {
    if (options !== undefined) checkWaitOptions(options, 'event.wait()');
    const scope = currentScope();
    const error = checkpointError(scope, options);
    if (error !== undefined) return rejected(error);
    return this.#set ? IS_SET : this.#waiters.park(scope, options).promise;
  }

  statistics(): EventStatistics {
    return { waiting: this.#waiters.size };
  }

  static {
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: Event): string {
        const { waiting } = this.statistics();
        return `Event { ${this.isSet() ? 'set' : 'unset'}${waiting > 0 ? `, waiters: ${waiting}` : ''} }`;
      },
    });
  }
}
