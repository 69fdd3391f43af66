import {
  BrokenExecutorError,
  CancelledError,
  ExecutorShutDownError,
  QueueFullError,
  TimeoutError,
  type WorkerLoss,
  type WorkerLostError,
} from '../errors.ts';
import { reportException } from '../core/exception-handler.ts';
import { decodeError, type WireError } from '../transport/error-codec.ts';
import type { FromWorker, WorkerSetup } from '../worker/protocol.ts';
import { RunningCancellation, type CancelOutcome } from './cancellation.ts';
import type { ExecutorStatistics, ShutdownOptions } from './executor.ts';
import { decodeJobError, endsBecauseAsked } from './job-error.ts';
import type { Job, JobOwner } from './job.ts';
import { JobQueue } from './job-queue.ts';
import type { PoolSettings } from './options.ts';
import type { PoolWorker, WorkerEvents, WorkerHost } from './pool-worker.ts';
import { Roster, type Seat } from './roster.ts';
import { Sizing } from './sizing.ts';
import { Tally } from './tally.ts';
import { Waiters } from './waiters.ts';
import { workerLost } from './worker-lost.ts';

/** Workers lost one after the other while starting that break the pool: the next would not start either. */
const MAX_FAILED_STARTS = 3;

/** What a pool is called and starts its workers with. */
export interface PoolIdentity {
  /** `ThreadPoolExecutor-0`. */
  readonly name: string;
  readonly initializer: WorkerSetup['initializer'];
}

/**
 * Brings jobs and workers together: the one place where a job changes hands.
 *
 * A job waits in the queue until a worker is free and is handed over only then, so until then it can be cancelled
 * exactly. From that moment its end has one of four causes, whichever comes first: the worker's answer, the loss of
 * the worker, its cancellation, its time-out. All of them go through `#finish`, which takes the job off its seat; what
 * comes later for it finds the seat empty, or with another job, and is dropped.
 */
export class Dispatcher implements JobOwner, WorkerEvents {
  readonly settings: PoolSettings;
  readonly #identity: PoolIdentity;
  readonly #host: WorkerHost;
  readonly #queue = new JobQueue();
  readonly #roster: Roster;
  readonly #cancellation: RunningCancellation;
  readonly #tally = new Tally();
  readonly #room = new Waiters();
  readonly #closed = new Waiters();
  readonly #sizing = new Sizing(
    () => this.#roster.seats(),
    (count) => this.#grow(count),
  );
  #broken: BrokenExecutorError | undefined;
  #closing = false;
  #failedStarts = 0;

  constructor(settings: PoolSettings, identity: PoolIdentity, host: WorkerHost) {
    this.settings = settings;
    this.#identity = identity;
    this.#host = host;
    this.#roster = new Roster(settings, host, this, identity);
    this.#cancellation = new RunningCancellation(settings, {
      force: (seat, outcome) => this.#force(seat, outcome),
      abandon: (job, outcome) => this.#tally.settle(job, () => job.end(outcome)),
    });
    while (this.#roster.size < settings.minWorkers) this.#spawn();
  }

  /** @throws BrokenExecutorError, ExecutorShutDownError, QueueFullError */
  checkOpen(): void {
    if (this.#broken !== undefined) throw new BrokenExecutorError(this.#broken.message, { cause: this.#broken.cause });
    if (this.#closing) throw new ExecutorShutDownError();
    if (this.#hasRoom()) return;
    throw new QueueFullError(
      `${this.#identity.name} has ${this.#queue.size} tasks waiting, its maxQueue is ${this.settings.maxQueue}; await pool.ready() before submitting`,
    );
  }

  submit(job: Job): void {
    this.#tally.submitted += 1;
    this.#queue.push(job);
    this.#assign();
  }

  /** Runs one job on every worker there may be: starts those that are missing first. */
  submitToAll(make: () => Job): Job[] {
    while (this.#roster.size < this.settings.maxWorkers) this.#spawn();
    return this.#roster.seats().map((seat) => {
      const job = make();
      this.#tally.submitted += 1;
      seat.pinned.push(job);
      if (this.#roster.take(seat)) this.#next(seat);
      return job;
    });
  }

  cancel(job: Job, error: CancelledError): boolean {
    if (job.running()) {
      const seat = this.#seatOf(job);
      if (seat !== undefined) this.#cancellation.request(seat, job, error);
      return seat !== undefined;
    }
    this.#tally.settle(job, () => job.end(error));
    this.#queue.forget();
    this.#afterChange();
    return true;
  }

  credit(job: Job, count: number): void {
    this.#seatOf(job)?.worker.credit(job, count);
  }

  waitSync(timeout: number): void {
    this.#host.waitSync(() => {
      let drained = 0;
      for (const seat of this.#roster) drained += seat.worker.drain();
      return drained;
    }, timeout);
  }

  /** Resolves when a job can be submitted. */
  async ready(options: { timeout?: number; signal?: AbortSignal } = {}): Promise<void> {
    while (!this.#closing && this.#broken === undefined && !this.#hasRoom()) await this.#room.wait(options);
    this.checkOpen();
  }

  async shutdown({ wait = true, cancelFutures = false, timeout }: ShutdownOptions): Promise<void> {
    this.#closing = true;
    this.#room.wakeAll();
    if (cancelFutures) this.#cancelQueued(new CancelledError('the executor was shut down', 'shutdown'));
    this.#afterChange();
    if (!wait) return;
    const timer =
      timeout === undefined ? undefined : setTimeout(() => void this.terminate(), Math.min(timeout, 0x7fffffff));
    while (!this.#isClosed()) await this.#closed.wait();
    await this.#roster.settled();
    clearTimeout(timer);
  }

  async terminate(): Promise<void> {
    this.#closing = true;
    this.#room.wakeAll();
    const outcome = new CancelledError('the executor was terminated', 'shutdown');
    this.#cancelQueued(outcome);
    for (const seat of this.#roster.seats()) this.#force(seat, outcome);
    await this.#roster.settled();
  }

  statistics(): ExecutorStatistics {
    const { size, idle, busy } = this.#roster;
    const { submitted, completed, failed, cancelled, lost } = this.#tally;
    const queued = this.#queue.size;
    return { workers: size, idle, running: busy, queued, submitted, completed, failed, cancelled, lost };
  }

  message(worker: PoolWorker, message: FromWorker): void {
    const seat = this.#roster.seat(worker);
    if (seat === undefined) return;
    if (message[0] === 'ready') {
      this.#failedStarts = 0;
      this.#free(seat);
      return;
    }
    if (message[0] === 'broken') {
      this.#initializerFailed(seat, message[1]);
      return;
    }
    const { job } = seat;
    if (job === undefined || job.ticket !== message[1]) return;
    if (message[0] === 'yield') job.onYield?.(message[2]);
    else if (message[0] === 'progress') job.spec.options.onProgress?.(message[2]);
    else this.#answered(seat, job, message);
  }

  exit(worker: PoolWorker, loss: Omit<WorkerLoss, 'workerId'>): void {
    const seat = this.#roster.seat(worker);
    if (seat === undefined) return;
    this.#tally.lost += 1;
    const { job, phase, pinned } = seat;
    this.#roster.remove(seat);
    const error = workerLost(worker, { ...loss, taskName: job?.name });
    if (job !== undefined) this.#lost(job, error);
    for (const left of pinned) this.#tally.settle(left, () => left.setException(workerLost(worker, loss)));
    if (phase === 'starting') this.#failedStarts += 1;
    if (this.settings.onWorkerLost === 'break' && phase === 'busy')
      this.#break(`A worker of ${this.#identity.name} was lost`, error);
    else if (this.#failedStarts >= MAX_FAILED_STARTS) {
      this.#break(`${this.#failedStarts} workers of ${this.#identity.name} in a row ended while starting`, error);
    } else this.#assign();
    this.#afterChange();
  }

  #answered(seat: Seat, job: Job, message: Extract<FromWorker, readonly ['result' | 'error', ...unknown[]]>): void {
    const outcome = this.#cancellation.take(job);
    const [kind, , payload, retire] = message;
    seat.job = undefined;
    seat.jobsDone += 1;
    this.#tally.settle(job, () => {
      if (kind === 'result') {
        job.setResult(payload);
        return;
      }
      const error = decodeJobError(job, payload, seat.worker.name);
      if (outcome !== undefined && endsBecauseAsked(error)) job.end(outcome);
      else if (error instanceof CancelledError) job.end(error);
      else job.setException(error);
    });
    if (retire || seat.jobsDone >= this.settings.maxTasksPerWorker) {
      this.#roster.dismiss(seat, 'stop');
      this.#assign();
    } else this.#free(seat);
    this.#afterChange();
  }

  /** A worker has nothing to do: the next job, or rest, or home. */
  #free(seat: Seat): void {
    if (this.#next(seat)) return;
    if (this.#closing) this.#roster.dismiss(seat, 'stop');
    else this.#roster.setIdle(seat);
    this.#afterChange();
  }

  /** Gives a worker its next job; false when there is none. */
  #next(seat: Seat): boolean {
    for (;;) {
      const pinned = seat.pinned.shift();
      const job = pinned ?? this.#queue.shift();
      if (job === undefined) return false;
      if (job.done()) continue;
      if (this.#handOver(seat, job)) return true;
    }
  }

  #handOver(seat: Seat, job: Job): boolean {
    try {
      seat.worker.post(job);
    } catch (error) {
      this.#tally.settle(job, () => job.setException(error));
      return false;
    }
    job.setRunning();
    seat.job = job;
    job.worker = seat.worker.name;
    this.#roster.setBusy(seat);
    job.onStart?.();
    if (!this.settings.daemon) seat.worker.ref();
    const { timeout } = job.spec.options;
    if (timeout !== undefined && timeout !== Infinity) {
      job.timer = setTimeout(
        () => {
          this.#cancellation.request(
            seat,
            job,
            new TimeoutError(`${job.name} ran longer than its timeout of ${timeout} ms`),
          );
        },
        Math.min(timeout, 0x7fffffff),
      );
    }
    return true;
  }

  #assign(): void {
    while (this.#queue.size > 0) {
      const seat = this.#roster.takeIdle();
      if (seat === undefined) break;
      if (!this.#next(seat)) this.#roster.setIdle(seat);
    }
    this.#grow(this.#sizing.allowance(this.#roster.size));
  }

  /** Starts up to `count` workers for jobs that wait; true when that was not enough for all of them. */
  #grow(count: number): boolean {
    const { maxWorkers } = this.settings;
    for (let started = 0; started < count && this.#wanted() > 0 && this.#broken === undefined; started++) this.#spawn();
    const wantsMore = this.#wanted() > 0 && this.#roster.size < maxWorkers && this.#broken === undefined;
    if (wantsMore) this.#sizing.watch();
    return wantsMore;
  }

  /** Workers to start so that every waiting job had one. */
  #wanted(): number {
    return Math.min(this.#queue.size - this.#roster.starting, this.settings.maxWorkers - this.#roster.size);
  }

  #spawn(): void {
    if (this.#broken !== undefined) return;
    try {
      this.#roster.spawn();
    } catch (error) {
      this.#break(`${this.#identity.name} cannot start a worker`, error);
    }
  }

  /** Ends a job by ending its worker. */
  #force(seat: Seat, outcome: CancelOutcome): void {
    const { job, pinned } = seat;
    seat.job = undefined;
    this.#roster.dismiss(seat, 'terminate');
    for (const ended of job === undefined ? pinned : [job, ...pinned])
      this.#tally.settle(ended, () => ended.end(outcome));
    if (!this.#closing) this.#assign();
    this.#afterChange();
  }

  #lost(job: Job, error: WorkerLostError): void {
    const outcome = this.#cancellation.take(job);
    if (outcome === undefined && !job.done() && job.losses < (job.spec.options.retries ?? 0)) {
      clearTimeout(job.timer);
      job.requeue();
      this.#queue.pushFront(job);
      return;
    }
    this.#tally.settle(job, () => (outcome === undefined ? job.setException(error) : job.end(outcome)));
  }

  #initializerFailed(seat: Seat, wire: WireError): void {
    const cause = decodeError(wire, { where: seat.worker.name });
    reportException({ message: 'Exception in initializer:', exception: cause, executor: this.#identity.name });
    this.#break('A worker initializer failed, the pool is not usable anymore', cause);
  }

  /** Python's rule: everything that has not ended fails, and nothing can be submitted any more. */
  #break(message: string, cause: unknown): void {
    this.#broken = new BrokenExecutorError(message, { cause });
    const fail = (job: Job): void =>
      this.#tally.settle(job, () => job.setException(new BrokenExecutorError(message, { cause })));
    for (const job of this.#queue.takeAll()) fail(job);
    for (const seat of this.#roster.seats()) {
      for (const job of seat.pinned) fail(job);
      if (seat.job !== undefined) fail(seat.job);
      this.#roster.dismiss(seat, 'terminate');
    }
    this.#room.wakeAll();
    this.#afterChange();
  }

  #cancelQueued(outcome: CancelledError): void {
    for (const job of this.#queue.takeAll()) this.#tally.settle(job, () => job.end(outcome));
    this.#afterChange();
  }

  #seatOf(job: Job): Seat | undefined {
    for (const seat of this.#roster) if (seat.job === job) return seat;
    return undefined;
  }

  /** Jobs that will get a worker at once do not count as waiting. */
  #hasRoom(): boolean {
    return this.#queue.size - (this.settings.maxWorkers - this.#roster.busy) < this.settings.maxQueue;
  }

  #isClosed(): boolean {
    return this.#queue.size === 0 && this.#roster.size === 0;
  }

  #afterChange(): void {
    if (this.#room.size > 0 && this.#hasRoom()) this.#room.wakeAll();
    if (!this.#closing || this.#queue.size > 0) return;
    for (const seat of this.#roster.seats()) {
      if (seat.phase === 'idle' || (seat.phase === 'starting' && seat.pinned.length === 0))
        this.#roster.dismiss(seat, 'stop');
    }
    if (this.#isClosed()) this.#closed.wakeAll();
  }
}
