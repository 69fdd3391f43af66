/**
 * Three words through which a running job can be asked to end. Shared memory between a pool and its thread, so that
 * a busy loop sees the request; plain memory in a process, filled in by a message.
 *
 * | word | name    | who writes | meaning |
 * |------|---------|------------|---------|
 * | 0    | RUNNING | worker     | ticket of the job being run, 0 when idle |
 * | 1    | CANCEL  | pool       | ticket of the job that should end |
 * | 2    | LOOKED  | worker     | ticket of the last job that looked at the request: it may want time to clean up |
 *
 * Tickets are never reused within a worker, so a late request cannot hit the next job.
 */
export const FLAG_WORDS = 3;
const RUNNING = 0;
const CANCEL = 1;
const LOOKED = 2;

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
    return Atomics.load(this.words, CANCEL) === ticket;
  }

  hasLooked(ticket: number): boolean {
    return Atomics.load(this.words, LOOKED) === ticket;
  }
}
