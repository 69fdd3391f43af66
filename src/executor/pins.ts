import type { Growth } from './growth.ts';
import type { Job } from './job.ts';
import { KeyedSeats } from './keyed-seats.ts';
import type { PoolSettings } from './options.ts';
import type { Roster, Seat } from './roster.ts';

/** What pinning needs of the dispatcher. */
export interface PinActs {
  refill(seat: Seat): void;
  /** Ends a job that no worker can be started for. */
  strand(job: Job, cause: unknown): void;
}

/** Jobs that only one worker may run: those with a key, and those for every worker. */
export class Pins {
  readonly #settings: PoolSettings;
  readonly #roster: Roster;
  readonly #growth: Growth;
  readonly #keys: KeyedSeats;
  readonly #acts: PinActs;

  constructor(settings: PoolSettings, roster: Roster, growth: Growth, acts: PinActs) {
    this.#settings = settings;
    this.#roster = roster;
    this.#growth = growth;
    this.#keys = new KeyedSeats(roster);
    this.#acts = acts;
  }

  /** For the worker of its key. */
  submit(job: Job, key: string): void {
    const mayStart = this.#roster.size < this.#settings.maxWorkers;
    const seat = this.#keys.seatFor(key, () => (mayStart ? this.#growth.spawn() : undefined));
    if (seat === undefined) this.#acts.strand(job, this.#growth.starts.cause);
    else this.add(job, seat);
  }

  /** For this worker only, in the order of submission; before what waits in the queue. */
  add(job: Job, seat: Seat): void {
    job.more.pinned = true;
    seat.pinned.push(job);
    if (this.#roster.take(seat) || seat.phase === 'busy') this.#acts.refill(seat);
  }

  /**
   * What only a worker that is gone could run goes to the one that takes its place.
   * @param mayStart false when no other can be had for it.
   */
  rehome(seat: Seat, mayStart: boolean = true): void {
    const pinned = seat.pinned.splice(0).filter((job) => !job.done());
    if (pinned.length === 0 || (mayStart && this.#growth.spawn(pinned) !== undefined)) return;
    for (const job of pinned) this.#acts.strand(job, this.#growth.starts.cause);
  }
}
