import { performance } from 'node:perf_hooks';
import { queueMicrotask } from './own-timers.ts';

/** How long replies may keep the event loop before timers and sockets get their turn. */
const TURN_MS = 0.5;
/** More would save nothing: a turn of the loop costs as much as some ten replies. */
const MOST = 512;

/**
 * How many replies are read in one turn of the event loop, from all channels together: as many as were seen to take half
 * a millisecond, with all that is done about them in the microtasks after. In a program that has just started each takes
 * thirty times as long as later; in one that does much with each result, longer still.
 */
export class Batch {
  #size = 32;
  #begun = 0;
  #count = 0;

  get size(): number {
    return this.#size;
  }

  begin(): void {
    this.#begun = performance.now();
  }

  /** So many replies were read; what is done about them comes next. */
  end(count: number): void {
    // Fewer than asked for say little: what a turn costs anyway is in their time.
    if (count < this.#size) return;
    this.#count = count;
    queueMicrotask(this.#measure);
  }

  #measure = (): void => {
    const fitting = Math.floor((this.#count * TURN_MS) / (performance.now() - this.#begun));
    this.#size = Math.max(1, Math.min(fitting, this.#size * 2, MOST));
  };
}
