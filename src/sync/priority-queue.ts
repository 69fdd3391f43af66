import { InvalidOptionError } from '../errors.ts';
import { show } from '../show.ts';
import { aFunction, checkOptions, type Checks } from '../core/options.ts';
import { PriorityStore } from './item-store.ts';
import { Queue, queueChecks, type QueueOptions } from './queue.ts';

export interface PriorityQueueOptions<T> extends QueueOptions {
  /**
   * Below zero when `a` goes before `b`. Default: by `<`, for numbers, strings, dates; an item it cannot order with another
   * is refused. Where this throws, the `put` or `get` rejects with that, and the queue is as it was.
   */
  compare?: ((a: T, b: T) => number) | undefined;
}

const priorityQueueChecks: Checks<PriorityQueueOptions<never>> = {
  ...queueChecks,
  compare: (value) => (aFunction(value) === undefined ? undefined : 'a function (a, b) => number'),
};

/**
 * A queue that gives the smallest item first, equal ones in the order they came.
 *
 * @example
 * const queue = new PriorityQueue<{ priority: number }>({ compare: (a, b) => a.priority - b.priority });
 * await queue.put({ priority: 2 });
 * await queue.put({ priority: 1 });
 * console.log((await queue.get()).priority); // 1
 */
export class PriorityQueue<T> extends Queue<T> {
  constructor(options: PriorityQueueOptions<T> = {}) {
    checkOptions(options, priorityQueueChecks, new.target.name);
    const { compare = ascending, maxSize } = options;
    super({ maxSize }, new PriorityStore(compare));
  }
}

/**
 * Arrays are compared item by item, as Python's `(priority, item)` tuples are. Unlike there, what follows the priority may
 * be anything: what has no order leaves as it came.
 */
function ascending(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let index = 0; index < Math.min(a.length, b.length); index++) {
      const order = index > 0 && !inOrder(a[index], b[index]) ? 0 : ascending(a[index], b[index]);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  if ((a as number) < (b as number)) return -1;
  if ((a as number) > (b as number)) return 1;
  // Only now, where items are equal, or have no order: numbers do not pay for it.
  if (a !== b && !inOrder(a, b)) {
    const message = `A PriorityQueue without compare cannot order ${show(a)} and ${show(b)}: give it { compare: (a, b) => number }`;
    throw new InvalidOptionError('item', 'of a kind that < can order', a, { message });
  }
  return 0;
}

/** Whether `<` says something about them. Plain objects it compares by a text that is the same for all. */
function inOrder(a: unknown, b: unknown): boolean {
  return ((a as number) <= (b as number) || (a as number) > (b as number)) && !isPlain(a) && !isPlain(b);
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { toString, valueOf } = value;
  return (
    toString === Object.prototype.toString && valueOf === Object.prototype.valueOf && !(Symbol.toPrimitive in value)
  );
}
