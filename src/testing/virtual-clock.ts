import { AsyncResource } from 'node:async_hooks';
import { useClock, type Clock, type Timer } from '../core/clock.ts';
import { aBoolean, aFiniteNumber, checkArgument, checkOptions, duration, type Checks } from '../core/options.ts';
import { outsideWork } from '../core/outside-work.ts';
import { turnsPending } from '../core/turn.ts';

export interface VirtualClockOptions {
  /** What `loop.time()` begins at. Default 0. */
  start?: number | undefined;
  /** Default true: when nothing is left to run, time jumps to the next deadline. False: it moves by `advance()`. */
  autojump?: boolean | undefined;
}

const clockChecks: Checks<VirtualClockOptions> = { start: aFiniteNumber, autojump: aBoolean };

/** Turns of the loop in which nothing of ours happens before the program counts as waiting for time only. */
const IDLE_TURNS = 3;

/** Kinds of what Node is about to be done with: time stands still meanwhile. */
const REQUESTS = /^(?:FSReq|GetAddrInfo|TCPConnect|WriteWrap)/;

/**
 * Kinds of what may bring something from outside at any time: while one is there, time does not jump by itself. Not
 * message ports: test runners that run tests in threads listen to one all the time.
 */
const OUTSIDE = /^(?:TCPSocket|HTTP|Process$|ProcessWrap|Worker|TLS)/;

/**
 * A clock for tests: everything in the library that waits for time waits for this one. A test of an hour's timeout takes
 * a millisecond, and the order of events does not depend on the machine.
 *
 * Time jumps when all tasks wait, no pool works and no I/O is on: while files, sockets, children or workers are open it
 * stands still, so a job that never ends never times out. What Node does not show (its own timers, message ports, the
 * threads of `node:crypto`, `node:zlib` and `node:dns`) does not stop the jump: such programs use `autojump: false` and
 * `advance()`.
 *
 * @example
 * using clock = new VirtualClock();
 * await sleep(3_600_000);
 * console.log(clock.now()); // 3600000
 *
 * @see https://trio.readthedocs.io/en/stable/reference-testing.html#trio.testing.MockClock
 */
export class VirtualClock implements Clock, Disposable {
  #autojump: boolean;
  #now: number;
  #timers: VirtualTimer[] = [];
  #previous: Clock | undefined;
  #activity = 0;
  #watching = false;

  constructor(options: VirtualClockOptions = {}) {
    checkOptions(options, clockChecks, 'VirtualClock');
    const { start = 0, autojump = true } = options;
    this.#now = start;
    this.#autojump = autojump;
    this.#previous = useClock(this);
  }

  /** Whether time jumps when nothing is left to run. */
  get autojump(): boolean {
    return this.#autojump;
  }

  set autojump(on: boolean) {
    checkArgument('autojump', on, aBoolean);
    this.#autojump = on;
    this.#watch();
  }

  now(): number {
    return this.#now;
  }

  /** For the library. */
  setTimer(ms: number, fn: () => void): Timer {
    const timer = new VirtualTimer(this.#now + ms, AsyncResource.bind(fn), (cancelled) => this.#remove(cancelled));
    // Equal times in the order they were set.
    const index = this.#timers.findLastIndex((other) => other.due <= timer.due);
    this.#timers.splice(index + 1, 0, timer);
    this.#activity++;
    this.#watch();
    return timer;
  }

  /** How many deadlines are ahead. */
  get pending(): number {
    return this.#timers.length;
  }

  /**
   * Moves time on by `ms`, stopping at every deadline on the way, and lets what was woken run until it waits again. What
   * pools and sockets may still bring is not waited for.
   */
  async advance(ms: number): Promise<void> {
    checkArgument('ms', ms, duration);
    const end = this.#now + ms;
    await this.#settle(hasRequests);
    for (let next = this.#timers[0]; next !== undefined && next.due <= end; next = this.#timers[0]) {
      this.#fire(next.due);
      await this.#settle(hasRequests);
    }
    this.#now = end;
  }

  /** Puts the real clock back. Deadlines that are ahead never come. */
  [Symbol.dispose](): void {
    if (this.#previous === undefined) return;
    useClock(this.#previous);
    this.#previous = undefined;
    this.#timers = [];
  }

  #fire(at: number): void {
    this.#now = Math.max(this.#now, at);
    // Those that become due by what these do come in the next round.
    const due = this.#timers.filter((timer) => timer.due <= at);
    this.#timers = this.#timers.filter((timer) => timer.due > at);
    for (const timer of due) timer.fire();
  }

  #remove(timer: VirtualTimer): void {
    const index = this.#timers.indexOf(timer);
    if (index !== -1) this.#timers.splice(index, 1);
    this.#activity++;
  }

  #watch(): void {
    if (this.#watching || !this.autojump) return;
    this.#watching = true;
    void this.#jumpWhenIdle();
  }

  async #jumpWhenIdle(): Promise<void> {
    while (this.#previous !== undefined && this.autojump && this.#timers.some((timer) => timer.ref)) {
      await this.#settle(hasOutside);
      const [next] = this.#timers;
      if (next === undefined || this.#previous === undefined) break;
      this.#fire(next.due);
    }
    this.#watching = false;
  }

  /** Waits until some turns in a row brought nothing new. */
  async #settle(stands: () => boolean): Promise<void> {
    for (let idle = 0; idle < IDLE_TURNS && this.#previous !== undefined;) {
      const before = this.#activity;
      const outside = stands();
      await new Promise<void>((resolve) => {
        if (outside) setTimeout(resolve, 1);
        else setImmediate(resolve);
      });
      idle = outside || this.#activity !== before || turnsPending() > 0 ? 0 : idle + 1;
    }
  }
}

function hasRequests(): boolean {
  return process.getActiveResourcesInfo().some((kind) => REQUESTS.test(kind));
}

function hasOutside(): boolean {
  return outsideWork() > 0 || hasRequests() || process.getActiveResourcesInfo().some((kind) => OUTSIDE.test(kind));
}

class VirtualTimer implements Timer {
  readonly due: number;
  ref = true;
  #fn: (() => void) | undefined;
  readonly #onCancel: (timer: VirtualTimer) => void;

  constructor(due: number, fn: () => void, onCancel: (timer: VirtualTimer) => void) {
    this.due = due;
    this.#fn = fn;
    this.#onCancel = onCancel;
  }

  cancel(): void {
    this.#fn = undefined;
    this.#onCancel(this);
  }

  setRef(ref: boolean): void {
    this.ref = ref;
  }

  fire(): void {
    const fn = this.#fn;
    this.#fn = undefined;
    fn?.();
  }
}
