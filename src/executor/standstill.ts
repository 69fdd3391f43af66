import type { Timer } from '../core/clock.ts';
import type { PoolTimers } from './pool-timers.ts';
import type { PoolWorker } from './pool-worker.ts';

/**
 * A worker that has not come a step further for half a second does not come further at all. In slices, each begun when
 * the one before has ended: a time in which this thread did not run counts as one slice, not as time the worker had. A
 * slice that the worker spent in line for a core does not count either, up to a limit: one that computes on a crowded
 * machine must come to an end too.
 */
const SLICE_MS = 50;
const SLICES = 10;
const MAX_SLICES = 200;

/** What is waited for. */
export interface Awaited {
  /** Looked at after each slice: true when there is nothing to wait for any more. */
  isOver(): boolean;
  /** Called once, when the worker has not come a step further. */
  onStandstill(): void;
}

/** Waits for a worker, and notices when that is in vain. */
export class Standstill {
  readonly #timers: PoolTimers;
  readonly #worker: PoolWorker;
  readonly #awaited: Awaited;
  readonly #holds: boolean;
  #timer: Timer | undefined;
  /** Slices of patience that are left, and those that may pass whether they count or not. */
  #slices = SLICES;
  #maxSlices = MAX_SLICES;
  /** For how long the worker had run when the slice began. */
  #ran = 0;

  /** @param holds whether the waiting keeps the program running. */
  constructor(timers: PoolTimers, worker: PoolWorker, awaited: Awaited, holds = true) {
    this.#timers = timers;
    this.#worker = worker;
    this.#awaited = awaited;
    this.#holds = holds;
    this.#wait();
  }

  /** It has come a step further. */
  step(): void {
    this.#slices = SLICES;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #wait(): void {
    this.#ran = this.#worker.cpuShare?.()?.ran ?? 0;
    this.#timer = this.#timers.set(SLICE_MS, () => this.#look());
    if (!this.#holds) this.#timer.setRef(false);
  }

  #look(): void {
    if (this.#awaited.isOver()) return;
    const share = this.#worker.cpuShare?.();
    const isStarved = share !== undefined && share.isRunnable && share.ran - this.#ran < SLICE_MS / 2;
    if (!isStarved) this.#slices -= 1;
    this.#maxSlices -= 1;
    if (this.#slices > 0 && this.#maxSlices > 0) this.#wait();
    else this.#awaited.onStandstill();
  }
}
