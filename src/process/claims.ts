import type { SharedOperations } from '../transport/atomics.ts';

/**
 * Who has a job that was sent to a child: the child, because it has begun it, or the pool, because it has taken it back.
 * Shared by the child's main thread, which claims, and its watcher thread, which revokes in the name of the pool.
 *
 * One word for each job that can be out at a time, at ticket mod `CLAIM_SLOTS`:
 *
 * | value | meaning |
 * |---|---|
 * | an older ticket, claimed or revoked, or 0 | nobody has this job yet |
 * | the ticket | claimed by the main thread |
 * | minus the ticket | revoked by the watcher |
 *
 * Both go from the first state with a compare-and-swap, so exactly one of them gets the job. The word is looked at by
 * number alone, whether the job has been read from the pipe or not: what was revoked is skipped when it is read. Whoever
 * issues tickets keeps those that are undecided within `CLAIM_SLOTS` of each other; a request that comes too late finds
 * a newer ticket in its place, and the job gone.
 */
export const CLAIM_SLOTS = 1024;
const TICKET_MASK = 0x7fff_ffff;

export class Claims {
  readonly #words: Int32Array;
  readonly #shared: SharedOperations;

  /** @param words `CLAIM_SLOTS` of them, zero in the beginning. */
  constructor(words: Int32Array, shared: SharedOperations) {
    this.#words = words;
    this.#shared = shared;
  }

  /** Main thread: false when the job was taken back. */
  claim(ticket: number): boolean {
    return this.#decide(ticket, ticket);
  }

  /** Watcher: false when the job has begun. */
  revoke(ticket: number): boolean {
    return this.#decide(ticket, -ticket);
  }

  #decide(ticket: number, mark: number): boolean {
    const index = ticket % this.#words.length;
    for (;;) {
      const found = this.#shared.load(this.#words, index);
      if (found !== 0 && !isOlder(Math.abs(found), ticket)) return found === mark;
      if (this.#shared.compareExchange(this.#words, index, found, mark) === found) return true;
    }
  }
}

/** How many tickets lie between two, the older one first. They start over after 2³¹. */
export function ticketDistance(older: number, newer: number): number {
  return (newer - older) & TICKET_MASK;
}

export function nextTicket(ticket: number): number {
  return ticket === TICKET_MASK ? 1 : ticket + 1;
}

function isOlder(ticket: number, than: number): boolean {
  return ticket !== than && ticketDistance(ticket, than) <= TICKET_MASK >>> 1;
}
