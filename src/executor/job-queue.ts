import type { Job } from './job.ts';

/** Ring of jobs, first in, first out. Cancelled jobs stay where they are and are passed over when their turn comes. */
class Fifo {
  #jobs: (Job | undefined)[] = Array.from({ length: 16 });
  #head = 0;
  #tail = 0;

  get isEmpty(): boolean {
    return this.#head === this.#tail;
  }

  push(job: Job): void {
    this.#jobs[this.#tail] = job;
    this.#tail = (this.#tail + 1) & (this.#jobs.length - 1);
    if (this.#tail === this.#head) this.#grow();
  }

  pushFront(job: Job): void {
    this.#head = (this.#head - 1) & (this.#jobs.length - 1);
    this.#jobs[this.#head] = job;
    if (this.#tail === this.#head) this.#grow();
  }

  shift(): Job | undefined {
    if (this.isEmpty) return undefined;
    const job = this.#jobs[this.#head];
    this.#jobs[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#jobs.length - 1);
    if (this.isEmpty) {
      this.#head = this.#tail = 0;
      if (this.#jobs.length > 1024) this.#jobs = Array.from({ length: 16 });
    }
    return job;
  }

  /** Drops what is done already (cancelled while queued), in place, keeping the order. */
  compact(): void {
    const live = [...this.#all()].filter((job) => !job.done());
    let size = 16;
    while (size <= live.length) size *= 2;
    this.#jobs = Array.from({ length: size });
    this.#head = 0;
    this.#tail = live.length;
    for (let index = 0; index < live.length; index++) this.#jobs[index] = live[index];
  }

  *#all(): Generator<Job> {
    for (let index = this.#head; index !== this.#tail; index = (index + 1) & (this.#jobs.length - 1)) {
      yield this.#jobs[index] as Job;
    }
  }

  #grow(): void {
    const { length } = this.#jobs;
    this.#jobs = [...this.#jobs.slice(this.#head), ...this.#jobs.slice(0, this.#head)];
    this.#jobs.length = length * 2;
    this.#head = 0;
    this.#tail = length;
  }
}

/**
 * Jobs waiting for a worker: higher priority first, within one priority first in, first out.
 *
 * Removing a cancelled job only counts it: finding it would cost a search of the ring. When more than half of the
 * queue is such jobs, one pass drops them all.
 */
export class JobQueue {
  readonly #byPriority = new Map<number, Fifo>([[0, new Fifo()]]);
  /** Priorities in use, highest first. */
  #priorities: number[] = [0];
  #live = 0;
  #dead = 0;

  /** Jobs that wait and are not cancelled. */
  get size(): number {
    return this.#live;
  }

  push(job: Job): void {
    this.#fifo(job.priority).push(job);
    this.#live += 1;
  }

  /** Puts a job back where it came from. */
  pushFront(job: Job): void {
    this.#fifo(job.priority).pushFront(job);
    this.#live += 1;
  }

  shift(): Job | undefined {
    if (this.#live === 0 && this.#dead === 0) return undefined;
    for (const priority of this.#priorities) {
      const fifo = this.#byPriority.get(priority) as Fifo;
      for (let job = fifo.shift(); job !== undefined; job = fifo.shift()) {
        if (!job.done()) {
          this.#live -= 1;
          return job;
        }
        this.#dead -= 1;
      }
    }
    return undefined;
  }

  /** To be told when a queued job was cancelled. */
  forget(): void {
    this.#live -= 1;
    this.#dead += 1;
    if (this.#dead > 1024 && this.#dead > this.#live) {
      for (const fifo of this.#byPriority.values()) fifo.compact();
      this.#dead = 0;
    }
  }

  /** Empties the queue: the waiting jobs in the order they would have run. */
  takeAll(): Job[] {
    const jobs: Job[] = [];
    for (let job = this.shift(); job !== undefined; job = this.shift()) jobs.push(job);
    return jobs;
  }

  #fifo(priority: number): Fifo {
    let fifo = this.#byPriority.get(priority);
    if (fifo === undefined) {
      fifo = new Fifo();
      this.#byPriority.set(priority, fifo);
      this.#priorities = [...this.#byPriority.keys()].toSorted((a, b) => b - a);
    }
    return fifo;
  }
}
