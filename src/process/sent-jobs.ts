import type { Job } from '../executor/job.ts';
import { CLAIM_SLOTS, ticketDistance } from './claims.ts';

/**
 * The jobs a child was sent and has not answered, in the order in which it runs them, and what is known about each. Only
 * the first can have begun, unless it was asked for and may have been taken back.
 */
export class SentJobs {
  /** Ticket of the job that the child began last, once it has said that it begins no other. */
  last: number | undefined;
  #jobs: Job[] = [];
  /** Tickets of those that were asked for and not told about. */
  readonly #asked = new Set<number>();
  /** Tickets of those that were asked for and had begun. */
  readonly #begun = new Set<number>();

  get head(): Job | undefined {
    return this.#jobs[0];
  }

  /** Whether a job with this ticket may be sent: see `claims.ts`. */
  hasRoomFor(ticket: number): boolean {
    const { head } = this;
    return head === undefined || ticketDistance(head.ticket, ticket) < CLAIM_SLOTS;
  }

  add(job: Job): void {
    this.#jobs.push(job);
  }

  includes(ticket: number): boolean {
    return this.#jobs.some((job) => job.ticket === ticket);
  }

  /** Notes that a job was asked for. `new`: it was not before. False when it is known to have begun. */
  ask(job: Job): 'new' | 'asked' | false {
    const { ticket } = job;
    if (this.#asked.has(ticket)) return 'asked';
    if (job === this.head || this.#begun.has(ticket) || !this.includes(ticket)) return false;
    this.#asked.add(ticket);
    return 'new';
  }

  /** Those of them that were taken back leave. */
  tell(taken: readonly number[], begun: readonly number[]): Job[] {
    for (const ticket of [...taken, ...begun]) this.#asked.delete(ticket);
    for (const ticket of begun) if (this.includes(ticket)) this.#begun.add(ticket);
    const gone = this.#jobs.filter(({ ticket }) => taken.includes(ticket));
    if (gone.length > 0) this.#jobs = this.#jobs.filter((job) => !gone.includes(job));
    return gone;
  }

  /** The first was answered, or is known to have been taken back. */
  shift(): Job | undefined {
    const job = this.#jobs.shift();
    if (job !== undefined && this.#asked.size + this.#begun.size > 0) {
      this.#asked.delete(job.ticket);
      this.#begun.delete(job.ticket);
    }
    return job;
  }

  /** True once for a job that was asked for, had begun, and is the first now. */
  takeRefused(): boolean {
    return this.#begun.size > 0 && this.head !== undefined && this.#begun.delete(this.head.ticket);
  }

  /** Whether a job may have begun, from what is known here. */
  mayHaveBegun(job: Job): boolean {
    if (this.last !== undefined) return job.ticket === this.last;
    for (const sent of this.#jobs) {
      if (sent === job) return true;
      if (!this.#asked.has(sent.ticket)) return false;
    }
    return false;
  }
}
