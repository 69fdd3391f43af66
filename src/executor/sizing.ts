import { availableParallelism } from 'node:os';
import type { Timer } from '../core/clock.ts';
import type { Job } from './job.ts';
import type { PoolTimers } from './pool-timers.ts';
import type { Seat } from './roster.ts';

/** How long running workers are watched before it is decided whether they compute or wait. */
const WATCH_MS = 20;
/** A worker that wanted the CPU for less than this part of the time is waiting for something else. */
const OFF_CPU_BELOW = 0.25;

interface Sample {
  readonly at: number;
  readonly seats: ReadonlyMap<Seat, { readonly job: Job | undefined; readonly demand: number | undefined }>;
}

/**
 * When a pool may grow. Up to the number of cores: whenever a job finds no idle worker. Beyond it one more computing
 * thread would only take turns with the others, so a worker is added for each one seen to be off the CPU, waiting for a
 * file, a lock or a child process. This is what makes one pool right for both kinds of work.
 *
 * Where the system does not tell what threads do, the pool grows to `maxWorkers`, as Python's does.
 */
export class Sizing {
  readonly #cores = availableParallelism();
  readonly #timers: PoolTimers;
  readonly #grow: (count: number) => boolean;
  readonly #seats: () => Seat[];
  #timer: Timer | undefined;
  #last: Sample | undefined;

  /** @param grow starts up to `count` workers; true while the pool still wants more than it has. */
  constructor(timers: PoolTimers, seats: () => Seat[], grow: (count: number) => boolean) {
    this.#timers = timers;
    this.#seats = seats;
    this.#grow = grow;
  }

  /** Workers that may be started at once in a pool of `size`. */
  allowance(size: number): number {
    return Math.max(0, this.#cores - size);
  }

  /** The pool would like to be larger than the core count: look at what its workers do. Does nothing when it looks already. */
  watch(): void {
    if (this.#timer !== undefined) return;
    this.#last ??= this.#sample();
    this.#timer = this.#timers.set(WATCH_MS, () => this.#decide());
    // The busy workers keep the program running; this only watches them.
    this.#timer.setRef(false);
  }

  #decide(): void {
    this.#timer = undefined;
    const sample = this.#sample();
    const waiting = this.#last === undefined ? 0 : countOffCpu(this.#last, sample);
    this.#last = sample;
    if (this.#grow(waiting)) this.watch();
    else this.#last = undefined;
  }

  #sample(): Sample {
    const seats = new Map(this.#seats().map((seat) => [seat, { job: seat.job, demand: seat.worker.cpuDemand() }]));
    return { at: performance.now(), seats };
  }
}

/** Workers that ran the same job at both times and hardly wanted the CPU in between. */
function countOffCpu(before: Sample, after: Sample): number {
  const elapsed = after.at - before.at;
  let count = 0;
  for (const [seat, { job, demand }] of after.seats) {
    const earlier = before.seats.get(seat);
    if (job === undefined || earlier?.job !== job) continue;
    // Not to be known on this system: nothing speaks against one more.
    if (demand === undefined || earlier.demand === undefined) count += 1;
    else if (demand - earlier.demand < elapsed * OFF_CPU_BELOW) count += 1;
  }
  return count;
}
