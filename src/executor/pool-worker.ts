import type { WorkerLoss } from '../errors.ts';
import type { WireError } from '../transport/error-codec.ts';
import type { CallMessage, CallOutcome, ChunkPart, WorkerSetup } from '../worker/protocol.ts';
import type { CpuShare } from './cpu-time.ts';
import type { Job } from './job.ts';
import type { Payload } from './payload.ts';

/** A worker as its pool sees it: a thread or a process, with whatever wire lies between. */
export interface PoolWorker {
  readonly id: number;
  readonly name: string;
  /** The process it is, where it is one. */
  readonly pid?: number | undefined;
  /** Jobs it can hold now, the running one included. More than one only while jobs can be taken back. */
  readonly capacity: number;
  /**
   * Hands a job over. False when there is no room for it just now.
   * @throws SerializationError when it cannot be sent; the worker is as before.
   */
  post(job: Job): boolean;
  /**
   * Takes back a job that was handed over. False when the worker has begun it. Undefined where the worker has to be asked:
   * `recalled` or `refused` follows, unless the job ends before.
   */
  revoke(job: Job): boolean | undefined;
  /** Whether a job that was handed over has begun, or may have. */
  hasBegun(job: Job): boolean;
  /** Asks the running job to end; it need not. */
  requestCancel(job: Job): void;
  /** Whether the running job ever looked whether it should end. */
  hasLooked(job: Job): boolean;
  /**
   * Stops the code of the running job; the worker lives on and answers for it. The promise resolves when nothing that
   * runs next can be hit. Undefined, or missing, where it cannot be done.
   * @param onStep called when it has come a step further.
   */
  interrupt?(job: Job, onStep: () => void): Promise<void> | undefined;
  /** Gives a stream room for `count` more values, or ends it with -1. */
  credit(job: Job, count: number): void;
  /**
   * Tells the running job how a call of its has ended.
   * @throws SerializationError when `value` cannot be sent.
   */
  reply(id: number, outcome: CallOutcome, value: unknown): void;
  /** Passes on what has arrived and was not delivered yet; how much that was. */
  drain(): number;
  /** Milliseconds for which it has wanted the CPU so far; undefined where that is not known. */
  cpuDemand(): number | undefined;
  /** What it has got of the CPU so far; undefined, or missing, where that is not known. */
  cpuShare?(): CpuShare | undefined;
  /** Keeps the program running while there is work. */
  ref(): void;
  unref(): void;
  /** Ends it after what it was given; resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends it now; resolves when it is gone. */
  terminate(): Promise<void>;
}

/** What a pool hears from its workers. */
export interface WorkerEvents {
  /** Its initializer has run: it takes jobs. */
  ready(worker: PoolWorker): void;
  /** Its initializer failed. */
  initializerFailed(worker: PoolWorker, error: WireError): void;
  /** A job has ended with a value. `retire`: its heap has grown too large, it wants to be replaced. */
  returned(worker: PoolWorker, ticket: number, value: unknown, retire: boolean): void;
  /** A job has ended with an error, decoded, with both stacks. */
  threw(worker: PoolWorker, ticket: number, error: unknown, retire: boolean): void;
  yielded(worker: PoolWorker, ticket: number, value: unknown): void;
  progressed(worker: PoolWorker, ticket: number, value: unknown): void;
  /** Some items of a chunk have ended. */
  reported(worker: PoolWorker, ticket: number, part: ChunkPart): void;
  /** The running job calls a function of this side, or no longer waits for one. */
  called(worker: PoolWorker, ticket: number, message: CallMessage): void;
  /** Jobs that `revoke` had asked for have not begun and never will, in the order in which they were handed over. */
  recalled(worker: PoolWorker, jobs: readonly Job[]): void;
  /** A job that `revoke` had asked for has begun; those before it have ended. */
  refused(worker: PoolWorker, job: Job): void;
  /** What had arrived has been passed on: the moment to hand over more. */
  drained(): void;
  /** It is gone. */
  exit(worker: PoolWorker, loss: Omit<WorkerLoss, 'workerId'>): void;
}

/** Makes the workers of one pool: this is what thread and process pools differ in. */
export interface WorkerHost {
  spawn(setup: WorkerSetup, events: WorkerEvents): PoolWorker;
  /**
   * Copies the values of a job that has to wait.
   * @throws SerializationError when they cannot be sent.
   */
  keep(job: Job): Payload;
  /** The arguments of a job that was kept, once more; undefined when they were moved to a worker. */
  restore(job: Job): readonly unknown[] | undefined;
  /**
   * Blocks this thread until a worker has sent something or `timeout` ms have passed, unless `drain()` passes
   * something on first.
   * @param job the one that is waited for.
   */
  waitSync(drain: () => number, timeout: number, job: Job): void;
}
