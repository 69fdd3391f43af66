/** Places of a channel: more requests than this cannot be unanswered at once. */
const MAX_PLACES = 1 << 16;
const GENERATION_MASK = 0x7fff;

interface Place<Token> {
  token: Token | undefined;
  generation: number;
  /** Slot and number of the request in the ring, to revoke it. */
  slot: number;
  count: number;
  /** Shared memory that the request refers to. */
  memories: readonly SharedArrayBuffer[] | undefined;
}

/**
 * Numbers for requests: who a reply is meant for. A number is a place in a table and how often the place was
 * used, so that a reply that comes after its request was given up finds nobody. Never 0, always positive.
 */
export class Tickets<Token> {
  #places: Place<Token>[] = [];
  #free: number[] = [];
  #size = 0;

  /** Requests without a final reply. */
  get size(): number {
    return this.#size;
  }

  get full(): boolean {
    return this.#free.length === 0 && this.#places.length >= MAX_PLACES;
  }

  issue(token: Token, slot: number, count: number, memories?: readonly SharedArrayBuffer[]): number {
    this.#size += 1;
    const index = this.#free.pop();
    if (index === undefined) {
      this.#places.push({ token, generation: 1, slot, count, memories });
      return (1 << 16) | (this.#places.length - 1);
    }
    const place = this.#places[index] as Place<Token>;
    place.token = token;
    place.slot = slot;
    place.count = count;
    place.memories = memories;
    return (place.generation << 16) | index;
  }

  /** The place of a ticket that is out, else `undefined`. */
  find(ticket: number): Place<Token> | undefined {
    const place = this.#places[ticket & 0xffff];
    return place !== undefined && place.token !== undefined && place.generation === ticket >>> 16 ? place : undefined;
  }

  /** Ends a ticket; its token, or `undefined` if it was not out. */
  redeem(ticket: number): Token | undefined {
    const place = this.find(ticket);
    if (place === undefined) return undefined;
    const { token } = place;
    place.token = undefined;
    if (place.memories !== undefined) place.memories = undefined;
    place.generation = (place.generation % GENERATION_MASK) + 1;
    this.#free.push(ticket & 0xffff);
    this.#size -= 1;
    return token;
  }

  /** All tickets that are out. */
  *entries(): Generator<[ticket: number, place: Place<Token>]> {
    for (const [index, place] of this.#places.entries()) {
      if (place.token !== undefined) yield [(place.generation << 16) | index, place];
    }
  }
}
