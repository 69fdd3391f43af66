import type { WorkerLoss } from '../errors.ts';
import type { FromWorker, WorkerSetup } from '../worker/protocol.ts';
import type { Job } from './job.ts';

/**
 * A worker as its pool sees it: a thread or a process, with whatever wire lies between. It holds one job at a time.
 */
export interface PoolWorker {
  readonly id: number;
  readonly name: string;
  /**
   * Hands a job over.
   * @throws SerializationError when it cannot be sent; the worker is as before.
   */
  post(job: Job): void;
  /** Asks the running job to end; it need not. */
  requestCancel(job: Job): void;
  /** Whether the running job ever looked whether it should end. */
  hasLooked(job: Job): boolean;
  /** Gives a stream room for `count` more values, or ends it with -1. */
  credit(job: Job, count: number): void;
  /** Passes on what has arrived and was not delivered yet; the number of messages. */
  drain(): number;
  /** Milliseconds for which it has wanted the CPU so far; undefined where that is not known. */
  cpuDemand(): number | undefined;
  /** Keeps the program running while there is work. */
  ref(): void;
  unref(): void;
  /** Ends it after what it was given; resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends it now; resolves when it is gone. */
  terminate(): Promise<void>;
}

export interface WorkerEvents {
  message(worker: PoolWorker, message: FromWorker): void;
  /** It is gone. */
  exit(worker: PoolWorker, loss: Omit<WorkerLoss, 'workerId'>): void;
}

/** Makes the workers of one pool: this is what thread and process pools differ in. */
export interface WorkerHost {
  spawn(setup: WorkerSetup, events: WorkerEvents): PoolWorker;
  /**
   * Blocks this thread until a worker has sent something or `timeout` ms have passed, unless `drain()` passes
   * something on first.
   */
  waitSync(drain: () => number, timeout: number): void;
}
