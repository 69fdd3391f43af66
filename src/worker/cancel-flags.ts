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
 * INSIDE is OUT, IN or CUT. The worker goes from OUT to IN before it calls the function of a job, and back when it has
 * returned. The pool goes from IN to CUT before it has the code cut off. A worker that comes back and finds CUT stays
 * where it is until the cut has hit: so it always hits the job, never what the thread does next. The pool goes from
 * CUT to OUT when it has.
 */
export const FLAG_WORDS = 4;
const RUNNING = 0;
const CANCEL = 1;
const LOOKED = 2;
const INSIDE = 3;
const OUT = 0;
const IN = 1;
const CUT = 2;

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

  /** Pool: the cut has hit. */
  hit(): void {
    Atomics.store(this.words, INSIDE, OUT);
    Atomics.notify(this.words, INSIDE);
  }

  /** Pool: true when the function of a job is running and must be cut off now. */
  tryCut(): boolean {
    return Atomics.compareExchange(this.words, INSIDE, IN, CUT) === IN;
  }
}
