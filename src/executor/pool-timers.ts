import { realClock, type Clock, type Timer } from '../core/clock.ts';

/**
 * What a pool is going to do at its time. The event loop sees to that; a thread that blocks until a job has ended
 * (`resultSync`) has none meanwhile, and does itself what is due: else nothing would be taken back from behind a long job,
 * no worker would be added, no timeout would end a task.
 *
 * Each comes after the answers that had arrived: a job that seems late may only not have been heard.
 */
export class PoolTimers {
  readonly #pending = new Set<PoolTimer>();
  #isBlocked = false;

  /** This thread blocks: promises do not settle and events do not arrive until it goes on. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Calls `fn` once, `ms` milliseconds from now. */
  set(ms: number, fn: () => void, clock: Clock = realClock): Timer {
    return new PoolTimer(this.#pending, ms, fn, clock);
  }

  /**
   * Blocks this thread, but not for longer than until the next timer is due, and runs what is due then.
   * @param wait blocks for at most so many milliseconds and delivers the first answers that come.
   * @param deliver delivers all answers that have come.
   */
  block(timeout: number, wait: (ms: number) => void, deliver: () => void): void {
    const wasBlocked = this.#isBlocked;
    this.#isBlocked = true;
    try {
      wait(Math.min(timeout, this.#untilNext()));
      if (this.#untilNext() > 0) return;
      deliver();
      for (const timer of this.#pending) if (timer.left <= 0) timer.run();
    } finally {
      this.#isBlocked = wasBlocked;
    }
  }

  #untilNext(): number {
    let left = Infinity;
    for (const timer of this.#pending) left = Math.min(left, timer.left);
    return Math.max(left, 0);
  }
}

class PoolTimer implements Timer {
  readonly #pending: Set<PoolTimer>;
  readonly #fn: () => void;
  readonly #clock: Clock;
  readonly #due: number;
  readonly #timer: Timer;

  constructor(pending: Set<PoolTimer>, ms: number, fn: () => void, clock: Clock) {
    this.#pending = pending;
    this.#fn = fn;
    this.#clock = clock;
    this.#due = clock.now() + ms;
    // It stays one of those that wait until its turn has come: in between a thread may begin to block.
    this.#timer = clock.setTimer(ms, () => void setImmediate(() => this.run()));
    pending.add(this);
  }

  get left(): number {
    return this.#due - this.#clock.now();
  }

  run(): void {
    if (!this.#pending.delete(this)) return;
    this.#timer.cancel();
    this.#fn();
  }

  cancel(): void {
    this.#pending.delete(this);
    this.#timer.cancel();
  }

  setRef(ref: boolean): void {
    this.#timer.setRef(ref);
  }
}
