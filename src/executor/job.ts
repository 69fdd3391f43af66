import { toCancelledError } from '../core/cancellation.ts';
import type { Timer } from '../core/clock.ts';
import { checkResultSyncOptions, Future, type FutureState, type ResultSyncOptions } from '../core/future.ts';
import { CancelledError, InvalidStateError, TimeoutError } from '../errors.ts';
import type { FunctionDefinition } from '../functions/definition.ts';
import { JobKind, type ChunkPart, type WireContext } from '../worker/protocol.ts';
import type { SubmitOptions } from './executor.ts';
import type { JobCalls } from './job-calls.ts';
import { isBare, parcel, type Payload } from './payload.ts';
import type { PoolWorker } from './pool-worker.ts';
import type { SubmitSite } from './submit-site.ts';

/** What a job needs from the pool it was submitted to. */
export interface JobOwner {
  /** Cancels a job that is queued or running. False when it is too late. */
  cancel(job: Job, error: CancelledError): boolean;
  /** Gives a running stream room for `count` more values; -1 ends it. */
  credit(job: Job, count: number): void;
  /**
   * Blocks this thread until some worker has answered, for at most `timeout` ms.
   * @returns the call for which this job waits, and which has to wait for this thread.
   */
  waitSync(job: Job, timeout: number): string | undefined;
}

export type JobFunction = (...args: never[]) => unknown;

/** What is to be run; everything that is known when it is submitted. */
export interface JobSpec {
  readonly owner: JobOwner;
  readonly kind: JobKind;
  readonly fn: JobFunction;
  readonly definition: FunctionDefinition;
  readonly options: SubmitOptions;
  readonly context: WireContext | undefined;
  readonly site: SubmitSite;
}

/** What only few jobs have. */
interface Extras {
  /** Runs out when the task has run for its `timeout`. */
  timer?: Timer;
  /** Runs so far that ended with the loss of the worker. */
  losses?: number;
  /** It is meant for one worker and never stood in the queue. */
  pinned?: boolean;
  /** Called when a worker has it, with the worker's name. */
  onStart?: (worker: string) => void;
  /** Called when it has ended. */
  onDone?: () => void;
  /** Called for each value of a stream. */
  onYield?: (value: unknown) => void;
  /** What it calls here. */
  calls?: JobCalls;
  /** The job whose callback has submitted it. */
  caller?: Job;
  /** Called when some items of a chunk have ended; of a stream, when it was left and cleans up. */
  onReport?: (part: ChunkPart) => void;
  /** Called when the worker is lost: jobs for what is to be run again of a chunk, which itself fails. */
  onLost?: () => readonly Job[];
}

/**
 * One call handed to a pool. It is its own future: a million queued jobs are a million objects, not two. What the
 * submissions of one loop have in common is in `spec`, once.
 */
export class Job extends Future {
  /** What its worker knows it by; 0 before it was handed over. */
  ticket = 0;
  readonly spec: JobSpec;
  /** Let go of when the job has ended. */
  payload: Payload | undefined;
  /** The seat whose worker has it; the pool's own business. */
  seat: { readonly worker: PoolWorker } | undefined = undefined;
  #extras: Extras | undefined = undefined;

  constructor(spec: JobSpec, payload: Payload) {
    super();
    this.spec = spec;
    this.payload = payload;
  }

  get extras(): Readonly<Extras> | undefined {
    return this.#extras;
  }

  /** The same, to be written to. */
  get more(): Extras {
    return (this.#extras ??= {});
  }

  get name(): string {
    return this.spec.options.name ?? (this.spec.definition.name || '(anonymous)');
  }

  get priority(): number {
    return this.spec.options.priority ?? 0;
  }

  /** Whether its worker may be lost without that being its end. */
  get mayRunAgain(): boolean {
    return (this.spec.options.retries ?? 0) > (this.#extras?.losses ?? 0);
  }

  /** Whether some of it may be run again when the rest is lost. */
  get isDivisible(): boolean {
    return this.spec.kind === JobKind.chunk && this.payload !== undefined && parcel(this.payload).args.length > 1;
  }

  /**
   * Whether it may stand behind another job in a worker, from where it may be taken back and handed over again: not if
   * its time starts running then, nor if handing over moves some of its values away from here.
   */
  get mayWaitInWorker(): boolean {
    const { payload, spec } = this;
    if (spec.kind !== JobKind.call || spec.options.timeout !== undefined) return false;
    return payload === undefined || isBare(payload) || payload.encoded?.transfer === undefined;
  }

  override get state(): FutureState {
    return this.running() ? 'running' : super.state;
  }

  /** True once the function has been called; a job that waits in a worker can still be cancelled. */
  override running(): boolean {
    return !this.done() && this.seat !== undefined && this.seat.worker.hasBegun(this);
  }

  /**
   * Queued: removed, at once. Running: ended as the pool's `cancelMode` says. True when it is, or will be, cancelled.
   */
  override cancel(reason?: unknown): boolean {
    this.markRetrieved();
    if (this.cancelled()) return true;
    if (this.done()) return false;
    return this.spec.owner.cancel(this, toCancelledError(reason));
  }

  override resultSync(options?: ResultSyncOptions): unknown {
    checkResultSyncOptions(options);
    const timeout = options?.timeout ?? Infinity;
    const deadline = performance.now() + timeout;
    while (!this.done()) {
      const left = deadline - performance.now();
      const call = this.spec.owner.waitSync(this, Math.max(left, 0));
      if (this.done()) break;
      if (call !== undefined && timeout === Infinity) throw new InvalidStateError(blockedBy(this.name, call));
      if (left > 0) continue;
      const why = call === undefined ? '' : `: it waits for a call (${call}) that needs the loop of this thread`;
      throw new TimeoutError(`No result of ${this.name} after ${timeout} ms${why}`);
    }
    return this.resultNow();
  }

  /** @throws InvalidStateError always: its pool completes it. */
  override setResult(): void {
    throw new InvalidStateError("A pool's future does not support setResult(): its task gives the result");
  }

  /** @throws InvalidStateError always: its pool completes it. */
  override setException(): void {
    throw new InvalidStateError("A pool's future does not support setException(): its task gives the result");
  }

  /** For the pool: it has returned. */
  succeed(value: unknown): void {
    super.setResult(value);
  }

  /** For the pool: it has thrown, or cannot be run. */
  fail(error: unknown): void {
    super.setException(error);
  }

  /** For the pool: the end of a job that was cancelled or whose time is up. Nothing if it has ended already. */
  end(outcome: CancelledError | TimeoutError): void {
    if (outcome instanceof CancelledError) this.setCancelled(outcome);
    else if (!this.done()) this.fail(outcome);
  }

  /** For the pool: it has ended, what it carried may be collected. */
  release(): void {
    this.payload = undefined;
    this.#extras?.timer?.cancel();
    this.#extras?.calls?.close();
    this.#extras?.onDone?.();
  }

  protected override describe(): string {
    return `${JSON.stringify(this.name)} `;
  }
}

function blockedBy(name: string, call: string): string {
  return `resultSync() would block for ever: ${name} waits for a call (${call}) that needs the loop of this thread; await the future`;
}
