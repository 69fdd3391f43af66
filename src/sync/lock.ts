import { inspect } from 'node:util';
import { InvalidStateError } from '../errors.ts';
import { isDebug } from '../core/debug.ts';
import { resourceClosed, resourceOpened } from '../core/open-resources.ts';
import type { Guard } from './guard.ts';
import { Permits } from './permits.ts';

/**
 * Lets one task at a time in, in the order they came. It belongs to nobody: any task may release it, and the same task
 * waits if it acquires twice.
 *
 * @example
 * const lock = new Lock();
 * await lock.run(async () => {
 *   // alone in here
 * });
 *
 * @see https://docs.python.org/3/library/asyncio-sync.html#asyncio.Lock
 */
export class Lock extends Permits {
  constructor() {
    super(1);
  }

  /** @throws InvalidStateError when it is not locked. */
  release(): void {
    if (!this.locked()) throw new InvalidStateError('Lock is not acquired.');
    this.giveBack();
    if (!this.locked()) resourceClosed(this);
  }

  protected override taken(): void {
    if (isDebug()) resourceOpened(this, () => (this.locked() ? 'A Lock was still held' : undefined));
  }

  /** For `Condition`: takes the lock against every cancellation. */
  reacquire(): Promise<Guard> {
    return this.acquireUncancelled();
  }

  protected override describe(method: string): string {
    return `lock.${method}()`;
  }

  static {
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: Lock): string {
        const { waiting } = this.statistics();
        return `Lock { ${this.locked() ? 'locked' : 'unlocked'}${waiting > 0 ? `, waiters: ${waiting}` : ''} }`;
      },
    });
  }
}
