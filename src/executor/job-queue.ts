import { Deque } from './deque.ts';
import type { Job } from './job.ts';

/**
 * Jobs waiting for a worker: higher priority first, within one priority first in, first out.
 *
 * Removing a cancelled job only counts it: finding it would cost a search of the ring. When more than half of the
 * queue is such jobs, one pass drops them all.
 */
export class JobQueue {
  readonly #byPriority = new Map<number, Deque<Job>>([[0, new Deque()]]);
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
      const fifo = this.#byPriority.get(priority) as Deque<Job>;
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
      for (const fifo of this.#byPriority.values()) fifo.takeWhere((job) => job.done());
      this.#dead = 0;
    }
  }

  /** Empties the queue: the waiting jobs in the order they would have run. */
  takeAll(): Job[] {
    const jobs: Job[] = [];
    for (let job = this.shift(); job !== undefined; job = this.shift()) jobs.push(job);
    return jobs;
  }

  #fifo(priority: number): Deque<Job> {
    let fifo = this.#byPriority.get(priority);
    if (fifo === undefined) {
      fifo = new Deque();
      this.#byPriority.set(priority, fifo);
      this.#priorities = [...this.#byPriority.keys()].toSorted((a, b) => b - a);
    }
    return fifo;
  }
}
