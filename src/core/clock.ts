/** What a timer needs to be stopped. */
export interface Timer {
  cancel(): void;
  /** Whether it keeps the process alive; a fresh one does. */
  setRef(ref: boolean): void;
}

/** Where time comes from. `offloop/testing` puts a virtual one in the place of the real one. */
export interface Clock {
  /** Milliseconds on a scale that never goes back. */
  now(): number;
  setTimer(ms: number, fn: () => void): Timer;
}

/** The longest delay `setTimeout` can do; it would fire at once for more. */
export const MAX_TIMEOUT_MS = 0x7fffffff;

class RealTimer implements Timer {
  readonly #due: number;
  readonly #fn: () => void;
  #handle: NodeJS.Timeout;

  constructor(ms: number, fn: () => void) {
    this.#due = performance.now() + ms;
    this.#fn = fn;
    // The global, at call time: a test that mocks timers is obeyed.
    this.#handle = setTimeout(fire, Math.min(Math.ceil(ms), MAX_TIMEOUT_MS), this);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  setRef(ref: boolean): void {
    if (ref) this.#handle.ref();
    else this.#handle.unref();
  }

  fire(): void {
    const left = this.#due - performance.now();
    // Node counts whole milliseconds, so a timer can come a little early. Much too early is a mocked timer, which is
    // obeyed, or a wait beyond what setTimeout can do.
    if ((left > 0 && left <= 2) || left > MAX_TIMEOUT_MS / 2) {
      const hadRef = this.#handle.hasRef?.() ?? true;
      this.#handle = setTimeout(fire, Math.min(Math.ceil(left), MAX_TIMEOUT_MS), this);
      if (!hadRef) this.#handle.unref();
      return;
    }
    this.#fn();
  }
}

function fire(timer: RealTimer): void {
  timer.fire();
}

const realClock: Clock = {
  now: () => performance.now(),
  setTimer: (ms, fn) => new RealTimer(ms, fn),
};

let clock: Clock = realClock;

/** The time of the current clock, in milliseconds. */
export function now(): number {
  return clock.now();
}

/** Calls `fn` once `ms` milliseconds from now, never earlier. */
export function setTimer(ms: number, fn: () => void): Timer {
  return clock.setTimer(ms > 0 ? ms : 0, fn);
}

/** Puts another clock in place, or the real one back. Returns the one before. */
export function useClock(next: Clock | undefined): Clock {
  const previous = clock;
  clock = next ?? realClock;
  return previous;
}
