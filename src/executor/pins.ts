import type { Job } from './job.ts';
import { KeyedSeats } from './keyed-seats.ts';
import type { PoolSettings } from './options.ts';
import type { Roster, Seat } from './roster.ts';

/** Jobs that only one worker may run: those with a key, and those for every worker. */
export class Pins {
  readonly #settings: PoolSettings;
  readonly #roster: Roster;
  readonly #keys: KeyedSeats;
  readonly #refill: (seat: Seat) => void;

  constructor(settings: PoolSettings, roster: Roster, refill: (seat: Seat) => void) {
    this.#settings = settings;
    this.#roster = roster;
    this.#keys = new KeyedSeats(roster);
    this.#refill = refill;
  }

  /** For this worker only, in the order of submission; before what waits in the queue. */
  add(job: Job, seat: Seat): void {
    job.more.pinned = true;
    seat.pinned.push(job);
    if (this.#roster.take(seat) || seat.phase === 'busy') this.#refill(seat);
  }

  seatFor(key: string): Seat {
    const mayStart = this.#roster.size < this.#settings.maxWorkers;
    return this.#keys.seatFor(key, () => (mayStart ? this.#roster.spawn() : undefined));
  }

  /** What only a worker that is gone could run goes to the one that takes its place. */
  rehome(seat: Seat): void {
    const pinned = seat.pinned.splice(0).filter((job) => !job.done());
    if (pinned.length === 0) return;
    const heir = this.#roster.spawn();
    heir.pinned.push(...pinned);
    if (heir.phase !== 'starting') this.#refill(heir);
  }
}
