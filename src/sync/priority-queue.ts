import { aFunction, checkOptions, type Checks } from '../core/options.ts';
import { PriorityStore } from './item-store.ts';
import { Queue, queueChecks, type QueueOptions } from './queue.ts';

export interface PriorityQueueOptions<T> extends QueueOptions {
  /** Below zero when `a` goes before `b`. Default: by `<`, for numbers, strings, dates. */
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

/** Arrays are compared item by item, as Python's `(priority, item)` tuples are. */
function ascending(a: unknown, b: unknown): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let index = 0; index < Math.min(a.length, b.length); index++) {
      const order = ascending(a[index], b[index]);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  if ((a as number) < (b as number)) return -1;
  return (a as number) > (b as number) ? 1 : 0;
}
