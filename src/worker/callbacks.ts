import type { Future } from '../core/future.ts';
import { InvalidStateError } from '../errors.ts';
import type { CallMessage, CallOutcome } from './protocol.ts';
import type { RemoteCalls } from './remote-calls.ts';

/** What brings calls of a job to the side that submitted it. */
export interface CallWire {
  /** @throws SerializationError, whose path begins with `args`. */
  call(ticket: number, message: CallMessage): void;
  /** Blocks this thread until a reply was delivered or `timeout` ms have passed. May return early. */
  waitReply(timeout: number): void;
}

/**
 * The functions of the submitting side that the jobs of this worker were given: made when a job is read, alive until it
 * ends. What they need for being called is loaded by the first job that has one.
 */
export class Callbacks {
  readonly #wire: CallWire;
  /** By ticket: the job that runs, and one that was read and has not begun. */
  readonly #jobs = new Map<number, JobCallbacks>();
  #calls: RemoteCalls | undefined;

  constructor(wire: CallWire) {
    this.#wire = wire;
  }

  /** The function at this place among those of a job. */
  make(ticket: number, place: number, name: string): unknown {
    let job = this.#jobs.get(ticket);
    if (job === undefined) this.#jobs.set(ticket, (job = new JobCallbacks(ticket, this.#calls)));
    return job.function(place, name);
  }

  /** Makes the functions of this job work; undefined when they do. */
  prepare(ticket: number): Promise<void> | undefined {
    const job = this.#jobs.get(ticket);
    return job === undefined || job.calls !== undefined ? undefined : this.#load(job);
  }

  async #load(job: JobCallbacks): Promise<void> {
    const { RemoteCalls } = await import('./remote-calls.ts');
    job.calls = this.#calls ??= new RemoteCalls(this.#wire);
  }

  /** A call has ended over there. */
  reply(id: number, outcome: CallOutcome, value: unknown): void {
    this.#calls?.reply(id, outcome, value);
  }

  /** A job has ended, and its calls with it. */
  end(ticket: number): void {
    const job = this.#jobs.get(ticket);
    if (job === undefined) return;
    this.#jobs.delete(ticket);
    job.ended = true;
    this.#calls?.end(job);
  }
}

/** The functions one job was given. */
export class JobCallbacks {
  readonly ticket: number;
  calls: RemoteCalls | undefined;
  ended = false;
  readonly #functions: ((...args: unknown[]) => Future)[] = [];

  constructor(ticket: number, calls: RemoteCalls | undefined) {
    this.ticket = ticket;
    this.calls = calls;
  }

  function(place: number, name: string): unknown {
    return (this.#functions[place] ??= this.#make(place, name));
  }

  #make(place: number, name: string): (...args: unknown[]) => Future {
    const label = name === '' ? 'a callback' : name;
    const fn = (...args: unknown[]): Future => {
      if (this.calls === undefined) throw new InvalidStateError(`${label} can be called once its task has begun`);
      return this.calls.begin(this, place, label, args);
    };
    return Object.defineProperty(fn, 'name', { value: name, configurable: true });
  }
}
