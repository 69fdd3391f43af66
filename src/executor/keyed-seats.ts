import type { Roster, Seat } from './roster.ts';

/** Keys remembered. The one used longest ago is forgotten first; its next job may go to another worker. */
const MAX_KEYS = 10_000;

/** Which worker the jobs with a key go to: the same one as long as it lives. */
export class KeyedSeats {
  readonly #roster: Roster;
  readonly #seats = new Map<string, Seat>();

  constructor(roster: Roster) {
    this.#roster = roster;
  }

  /**
   * @param spawn starts one more worker, if the pool may have one.
   * @returns undefined when the pool has no worker at all.
   */
  seatFor(key: string, spawn: () => Seat | undefined): Seat | undefined {
    const known = this.#seats.get(key);
    this.#seats.delete(key);
    const seat = known !== undefined && known.phase !== 'leaving' ? known : this.#choose(spawn);
    if (seat === undefined) return undefined;
    this.#seats.set(key, seat);
    if (this.#seats.size > MAX_KEYS) this.#seats.delete(this.#seats.keys().next().value as string);
    return seat;
  }

  /** An idle worker, a new one, or the one for which the fewest wait. */
  #choose(spawn: () => Seat | undefined): Seat | undefined {
    let best: Seat | undefined;
    for (const seat of this.#roster) {
      if (seat.phase === 'idle') return seat;
      if (best === undefined || seat.pinned.length < best.pinned.length) best = seat;
    }
    return spawn() ?? best;
  }
}
