import { inspect } from 'node:util';
import { InvalidStateError } from '../errors.ts';
import { aCount, checkArgument } from '../core/options.ts';
import { Permits } from './permits.ts';

export interface CapacityStatistics {
  readonly total: number;
  readonly borrowed: number;
  readonly waiting: number;
}

/**
 * Limits how many do something at once; the limit can be changed while it is in use. Many limiters can share one pool,
 * each for a purpose of its own.
 *
 * @example
 * const limiter = new CapacityLimiter(10);
 * await Promise.all([1, 2, 3].map((id) => limiter.run(async () => id)));
 *
 * @see https://anyio.readthedocs.io/en/stable/synchronization.html#capacity-limiters
 */
export class CapacityLimiter extends Permits {
  #total: number;

  constructor(total: number) {
    checkArgument('total', total, aCount(1));
    super(total);
    this.#total = total;
  }

  get total(): number {
    return this.#total;
  }

  /** A smaller one takes effect as permits are released; nobody loses what they hold. */
  set total(total: number) {
    checkArgument('total', total, aCount(1));
    const by = total === this.#total ? 0 : total - this.#total;
    this.#total = total;
    this.change(by);
  }

  get borrowed(): number {
    return this.#total - this.value;
  }

  /** @throws InvalidStateError when nothing is borrowed. */
  release(): void {
    if (this.borrowed <= 0) throw new InvalidStateError('CapacityLimiter released more often than it was acquired');
    this.giveBack();
  }

  override statistics(): CapacityStatistics & { readonly value: number } {
    const { value, waiting } = super.statistics();
    return { value, total: this.#total, borrowed: this.borrowed, waiting };
  }

  protected override describe(method: string): string {
    return `limiter.${method}()`;
  }

  static {
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: CapacityLimiter): string {
        const { borrowed, total, waiting } = this.statistics();
        return `CapacityLimiter { ${borrowed} of ${total} borrowed${waiting > 0 ? `, waiters: ${waiting}` : ''} }`;
      },
    });
  }
}
