/**
 * Four words through which a running job can be asked to end. Shared memory between a pool and its thread, so that
 * a busy loop sees the request; plain memory in a process, filled in by a message.
 *
 * | word | name    | who writes | meaning |
 * |------|---------|------------|---------|
 * | 0    | RUNNING | worker     | ticket of the job being run, 0 when idle |
 * | 1    | CANCEL  | pool       | ticket of the job that should end |
 * | 2    | LOOKED  | worker     | ticket of the last job that looked at the request: it may want time to clean up |
 * | 3    | INSIDE  | both       | whether code of a job is on the stack that may be cut off, see below |
 *
 * Tickets are never reused within a worker, so a late request cannot hit the next job.
 *
 * INSIDE is OUT, IN, HELD or CUT. The worker goes from OUT to IN before it calls the function of a job, and back when it
 * has returned. A pool that finds IN has the inspector interrupt the thread, which goes from IN to HELD and waits if the
 * code on its stack may be cut off where it is. The pool then sends the cut and goes from HELD to CUT, and from CUT to OUT
 * when it has hit. It hits as soon as the thread goes on, or a step later: a worker that comes back and finds CUT stays
 * where it is. So it always hits the job, never what the thread does next.
 */
export const FLAG_WORDS = 4;
const RUNNING = 0;
const CANCEL = 1;
const LOOKED = 2;
const INSIDE = 3;
const OUT = 0;
const IN = 1;
const HELD = 2;
const CUT = 3;

export class CancelFlags {
  readonly words: Int32Array;
  readonly #onLook: ((ticket: number, first: boolean) => void) | undefined;

  /** @param onLook called before each look at the request; `first` for the first look of a job. */
  constructor(words: Int32Array, onLook?: (ticket: number, first: boolean) => void) {
    this.words = words;
    this.#onLook = onLook;
  }

  begin(ticket: number): void {
    Atomics.store(this.words, RUNNING, ticket);
  }

  end(): void {
    Atomics.store(this.words, RUNNING, 0);
  }

  request(ticket: number): void {
    Atomics.store(this.words, CANCEL, ticket);
  }

  /** Whether the running job was asked to end. Notes that it looked. */
  requested(): boolean {
    const ticket = Atomics.load(this.words, RUNNING);
    if (ticket === 0) return false;
    this.#onLook?.(ticket, !this.hasLooked(ticket));
    Atomics.store(this.words, LOOKED, ticket);
    return this.isRequested(ticket);
  }

  /** The same about any job, for those who are not its code. */
  isRequested(ticket: number): boolean {
    return Atomics.load(this.words, CANCEL) === ticket;
  }

  hasLooked(ticket: number): boolean {
    return Atomics.load(this.words, LOOKED) === ticket;
  }

  /** Worker: the function of a job is about to be called. */
  enter(): void {
    Atomics.store(this.words, INSIDE, IN);
  }

  /**
   * Worker: it has returned. Does not return itself when a cut is under way.
   * @returns false when it was not inside, or the pool has not noted yet that a cut has hit.
   */
  leave(): boolean {
    const before = Atomics.compareExchange(this.words, INSIDE, IN, OUT);
    while (Atomics.load(this.words, INSIDE) === CUT) Atomics.wait(this.words, INSIDE, CUT);
    return before === IN;
  }

  /** Whether the function of a job is on the stack and may be cut off. */
  isInside(): boolean {
    return Atomics.load(this.words, INSIDE) === IN;
  }

  /** Worker, interrupted: false when it is not inside. */
  hold(): boolean {
    return Atomics.compareExchange(this.words, INSIDE, IN, HELD) === IN;
  }

  /**
   * Worker, held: returns when the cut is on its way. Looks instead of sleeping: what was interrupted may be an
   * `Atomics.wait`, and V8 has room for one in each thread.
   */
  waitForCut(): void {
    while (Atomics.load(this.words, INSIDE) === HELD);
  }

  /** Pool: the cut is on its way. */
  cut(): void {
    this.#set(CUT);
  }

  /** Pool: the cut has hit. */
  hit(): void {
    this.#set(OUT);
  }

  #set(state: number): void {
    Atomics.store(this.words, INSIDE, state);
    Atomics.notify(this.words, INSIDE);
  }
}
