import { LifoStore } from './item-store.ts';
import { Queue, type QueueOptions } from './queue.ts';

/** A queue that gives the newest item first. */
export class LifoQueue<T> extends Queue<T> {
  constructor(options: QueueOptions = {}) {
    super(options, new LifoStore());
  }
}
