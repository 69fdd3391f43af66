import { performance } from 'node:perf_hooks';

/** A worker looks at least this long: one that has caught up with a parent that is still posting need not be woken. */
const LEAST_MS = 0.002;
/**
 * While requests come close together, it outlasts a short break of the parent: the system call that wakes another worker is
 * one, and two workers that fell asleep in each other's would have to be woken for every few requests.
 */
const BREAK_MS = 0.02;
/** It expects the next request after up to this many times the usual gap. */
const MARGIN = 2;
/** Weight of a new gap in the running mean. */
const WEIGHT = 0.2;
/** A longer gap says no more than this one: the next burst should be recognized after a few requests. */
const LONGEST_GAP_MS = 1;

/**
 * How long a worker with nothing to do looks at its ring before it goes to sleep: about as long as requests have been
 * coming apart, if that is short. Waking it costs its parent a system call and the request some ten microseconds; looking
 * costs a core, which the parent may need where cores are short. Then gaps become long, and it stops looking.
 */
export class Patience {
  #meanGapMs = LONGEST_GAP_MS;
  #idleSince = 0;

  /** There is nothing to do from now on: when to stop looking, on the scale of `performance.now()`. */
  begin(mostMs: number): number {
    const now = performance.now();
    if (this.#idleSince === 0) this.#idleSince = now;
    const isShort = this.#meanGapMs <= mostMs;
    return now + (isShort ? Math.max(BREAK_MS, Math.min(this.#meanGapMs * MARGIN, mostMs)) : LEAST_MS);
  }

  /** A request has come. */
  end(now: number): void {
    if (this.#idleSince === 0) return;
    const gap = Math.min(now - this.#idleSince, LONGEST_GAP_MS);
    this.#idleSince = 0;
    this.#meanGapMs += (gap - this.#meanGapMs) * WEIGHT;
  }
}
