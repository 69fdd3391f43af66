import { PriorityStore } from '../sync/item-store.ts';
import { Deque } from './deque.ts';
import type { Job } from './job.ts';

/** The jobs of one priority, first in, first out. */
interface Level {
  priority: number;
  readonly fifo: Deque<Job>;
}

/**
 * Jobs waiting for a worker: higher priority first, within one priority first in, first out. A priority costs something
 * only while jobs of it wait: the top level alone is kept when it is empty, for whatever comes next.
 *
 * Removing a cancelled job only counts it: finding it would cost a search of the ring. When more than half of the
 * queue is such jobs, one pass drops them all.
 */
export class JobQueue {
  /** The highest priority. It is empty only if there is no other. */
  #top: Level = { priority: 0, fifo: new Deque() };
  /** The levels below, highest first. */
  readonly #below = new PriorityStore<Level>((a, b) => b.priority - a.priority);
  /** The same levels. */
  readonly #byPriority = new Map<number, Level>();
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
    for (;;) {
      const { fifo } = this.#top;
      const job = fifo.shift();
      if (job === undefined) return undefined;
      if (fifo.length === 0 && this.#below.size > 0) this.#dropTop();
      if (!job.done()) {
        this.#live -= 1;
        return job;
      }
      this.#dead -= 1;
    }
  }

  /** To be told when a queued job was cancelled. */
  forget(): void {
    this.#live -= 1;
    this.#dead += 1;
    if (this.#dead > 1024 && this.#dead > this.#live) this.#sweep();
  }

  /** Empties the queue: the waiting jobs in the order they would have run. */
  takeAll(): Job[] {
    const jobs: Job[] = [];
    for (let job = this.shift(); job !== undefined; job = this.shift()) jobs.push(job);
    return jobs;
  }

  #fifo(priority: number): Deque<Job> {
    const top = this.#top;
    if (priority === top.priority) return top.fifo;
    if (top.fifo.length === 0) {
      top.priority = priority;
      return top.fifo;
    }
    return this.#byPriority.get(priority)?.fifo ?? this.#open({ priority, fifo: new Deque() });
  }

  #open(level: Level): Deque<Job> {
    const isHighest = level.priority > this.#top.priority;
    const lower = isHighest ? this.#top : level;
    if (isHighest) this.#top = level;
    this.#below.add(lower);
    this.#byPriority.set(lower.priority, lower);
    return level.fifo;
  }

  #dropTop(): void {
    this.#top = this.#below.take();
    this.#byPriority.delete(this.#top.priority);
  }

  /** Drops the cancelled jobs, and the levels that have no others. */
  #sweep(): void {
    const levels = [this.#top, ...this.#below.toArray()];
    for (const { fifo } of levels) fifo.takeWhere((job) => job.done());
    const [top = this.#top, ...below] = levels.filter(({ fifo }) => fifo.length > 0);
    this.#top = top;
    this.#below.clear();
    this.#byPriority.clear();
    for (const level of below) {
      this.#below.add(level);
      this.#byPriority.set(level.priority, level);
    }
    this.#dead = 0;
  }
}
