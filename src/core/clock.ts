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

const nodeSetTimeout = setTimeout;

class RealTimer implements Timer {
  readonly #due: number;
  readonly #fn: () => void;
  /** Milliseconds that follow those `setTimeout` was given. */
  #further: number;
  #handle: NodeJS.Timeout;

  constructor(ms: number, fn: () => void) {
    this.#due = performance.now() + ms;
    this.#fn = fn;
    const first = Math.min(Math.ceil(ms), MAX_TIMEOUT_MS);
    this.#further = ms - first;
    // The global, at call time: a test that mocks timers is obeyed.
    this.#handle = setTimeout(fire, first, this);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  setRef(ref: boolean): void {
    if (ref) this.#handle.ref();
    else this.#handle.unref();
  }

  fire(): void {
    const isFurther = this.#further > 0;
    const next = isFurther ? Math.min(Math.ceil(this.#further), MAX_TIMEOUT_MS) : this.#early();
    if (next === 0) {
      this.#fn();
      return;
    }
    if (isFurther) this.#further -= next;
    const hadRef = this.#handle.hasRef?.() ?? true;
    this.#handle = setTimeout(fire, next, this);
    if (!hadRef) this.#handle.unref();
  }

  /** Node counts whole milliseconds, so its timers can come a little early; much too early is a mocked one. */
  #early(): number {
    const left = this.#due - performance.now();
    return left > 0 && left <= 2 && setTimeout === nodeSetTimeout ? Math.ceil(left) : 0;
  }
}

function fire(timer: RealTimer): void {
  timer.fire();
}

/** The one of the machine, whatever clock is in place. */
export const realClock: Clock = {
  now: () => performance.now(),
  setTimer: (ms, fn) => new RealTimer(ms, fn),
};

let clock: Clock = realClock;

export function currentClock(): Clock {
  return clock;
}

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
