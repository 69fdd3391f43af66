import { CancelledError, ExecutorShutDownError, type WorkerLoss } from '../errors.ts';
import { currentClock } from '../core/clock.ts';
import { reportException } from '../core/exception-handler.ts';
import { decodeError, type WireError } from '../transport/error-codec.ts';
import { callbacksExist } from '../transport/callback-mark.ts';
import type { CallMessage, ChunkPart } from '../worker/protocol.ts';
import { brokenByLoss, cannotStart, initializerFailed, type Breakage } from './broken.ts';
import type { CancelOutcome } from './cancellation.ts';
import { Closing } from './closing.ts';
import { Endings } from './endings.ts';
import type { ExecutorStatistics, ShutdownOptions } from './executor.ts';
import type { Job, JobOwner } from './job.ts';
import { Growth } from './growth.ts';
import { HandOver } from './hand-over.ts';
import { JobQueue } from './job-queue.ts';
import type { PoolSettings } from './options.ts';
import { tellProgress } from './progress.ts';
import type { PoolWorker, WorkerEvents, WorkerHost } from './pool-worker.ts';
import { Pins } from './pins.ts';
import { PoolTimers } from './pool-timers.ts';
import { Room } from './room.ts';
import { Roster, type Seat } from './roster.ts';
import { workerLost } from './worker-lost.ts';
import type { PoolIdentity } from './worker-setup.ts';

/**
 * Brings jobs and workers together: the one place where a job changes hands (README.md of this folder).
 */
export class Dispatcher implements JobOwner, WorkerEvents {
  readonly settings: PoolSettings;
  readonly #identity: PoolIdentity;
  readonly #host: WorkerHost;
  readonly #queue = new JobQueue();
  readonly #timers = new PoolTimers();
  readonly #roster: Roster;
  readonly #pins: Pins;
  readonly #endings: Endings;
  readonly #handOver: HandOver;
  readonly #growth: Growth;
  readonly room: Room;
  readonly #closing: Closing;
  #broken: Breakage | undefined;
  #submitted = 0;
  #lost = 0;

  constructor(settings: PoolSettings, identity: PoolIdentity, host: WorkerHost) {
    this.settings = settings;
    this.#identity = identity;
    this.#host = host;
    this.#roster = new Roster(settings, host, this, identity, this.#timers);
    this.#endings = new Endings(settings, this.#timers, {
      force: (seat, outcome) => this.#force(seat, outcome),
      interrupt: (seat, job, onStep) => this.#interrupt(seat, job, onStep),
    });
    const parts = { queue: this.#queue, roster: this.#roster, timers: this.#timers };
    this.room = new Room(settings, parts);
    this.#closing = new Closing(this.#roster, this.room);
    this.#growth = new Growth(settings, parts, {
      use: (seat) => this.#refill(seat),
      giveUp: (cause) => this.#break(cannotStart(identity.name, cause)),
      isBroken: () => this.#broken !== undefined,
    });
    this.#pins = new Pins(settings, this.#roster, this.#growth, {
      refill: (seat) => this.#refill(seat),
      strand: (job, cause) => this.#endings.fail(job, (this.#broken ?? cannotStart(identity.name, cause))()),
    });
    const acts = { assign: () => this.#assign(), replace: (seat: Seat) => this.#force(seat, new CancelledError()) };
    this.#handOver = new HandOver(settings, { ...parts, endings: this.#endings, host }, acts);
    this.#growth.fill(settings.minWorkers);
  }

  /**
   * A job is about to be made.
   * @param startsWorker a worker may start for it meanwhile.
   * @param hasRoom it has waited until there was some.
   * @throws BrokenExecutorError, ExecutorShutDownError, QueueFullError
   */
  announce(startsWorker: boolean, hasRoom = false): void {
    this.checkOpen();
    if (hasRoom) this.room.take();
    else this.room.check(this.#identity.name);
    if (startsWorker) this.#growth.prepare();
  }

  /** @throws BrokenExecutorError, ExecutorShutDownError */
  checkOpen(): void {
    if (this.#broken !== undefined) throw this.#broken();
    if (this.#closing.hasBegun) throw new ExecutorShutDownError();
  }

  /** @throws SerializationError */
  submit(job: Job): void {
    if (callbacksExist()) this.#growth.nesting.note(job);
    const { key } = job.spec.options;
    if (key !== undefined) {
      this.#handOver.keep(job);
      this.#submitted += 1;
      this.#pins.submit(job, key);
      return;
    }
    if (this.#queue.size > 0 || !this.#handOver.offer(job)) {
      this.#handOver.enqueue(job);
      this.#growth.grow();
    }
    this.#submitted += 1;
  }

  /** One job for every worker there may be: starts those that are missing first. */
  submitToAll(make: () => Job): Job[] {
    this.#growth.fill(this.settings.maxWorkers);
    if (this.#broken !== undefined) throw this.#broken();
    return this.#roster.seats().map((seat) => {
      const job = make();
      this.#handOver.keep(job);
      this.#submitted += 1;
      this.#pins.add(job, seat);
      return job;
    });
  }

  cancel(job: Job, error: CancelledError): boolean {
    const seat = job.seat as Seat | undefined;
    if (seat === undefined) {
      this.#endings.cancel(job, error);
      if (job.extras?.pinned !== true) this.#queue.forget();
    } else if (this.#handOver.withdraw(seat, job, error)) this.#refill(seat);
    else this.#endings.request(seat, job, error);
    this.#afterChange();
    return true;
  }

  credit(job: Job, count: number): void {
    (job.seat as Seat | undefined)?.worker.credit(job, count);
  }

  waitSync(job: Job, timeout: number): string | undefined {
    // It can end without an answer too: when it turns out that it cannot be sent.
    const drain = (): number => this.#roster.drain() + Number(job.done());
    this.#timers.block(timeout, (ms) => this.#host.waitSync(drain, ms, job), drain);
    return this.#roster.callBlocking(job);
  }

  async shutdown({ wait = true, cancelFutures = false, timeout }: ShutdownOptions): Promise<void> {
    this.#closing.begin();
    if (cancelFutures) this.#cancelQueued(new CancelledError('the executor was shut down', 'shutdown'));
    this.#afterChange();
    if (!wait) return;
    const end = (): void => void this.terminate();
    const timer = timeout === undefined ? undefined : this.#timers.set(timeout, end, currentClock());
    await this.#closing.end(this.#isClosed());
    timer?.cancel();
  }

  async terminate(): Promise<void> {
    this.#closing.begin();
    this.#closing.isForced = true;
    const outcome = new CancelledError('the executor was terminated', 'shutdown');
    this.#cancelQueued(outcome);
    for (const seat of this.#roster.seats()) this.#force(seat, outcome);
    this.#roster.hurry();
    await this.#roster.settled();
  }

  statistics(): ExecutorStatistics {
    const { size, idle, busy } = this.#roster;
    const { completed, failed, cancelled } = this.#endings;
    const counts = { submitted: this.#submitted, completed, failed, cancelled, lost: this.#lost };
    return { workers: size, idle, running: busy, queued: this.#queue.size + this.#roster.waiting, ...counts };
  }

  ready(worker: PoolWorker): void {
    this.#growth.starts.succeeded();
    const seat = this.#roster.seat(worker);
    if (seat === undefined) return this.#roster.spare.started(worker);
    this.#roster.started(seat);
    this.#refill(seat);
    this.#afterChange();
  }

  initializerFailed(worker: PoolWorker, wire: WireError): void {
    const cause = decodeError(wire, { where: worker.name });
    reportException({ message: 'Exception in initializer:', exception: cause, executor: this.#identity.name });
    this.#break(initializerFailed(this.#identity.name, cause));
  }

  returned(worker: PoolWorker, ticket: number, value: unknown, retire: boolean): void {
    const job = this.#answered(worker, ticket, retire);
    if (job !== undefined) this.#endings.return(job, value);
  }

  threw(worker: PoolWorker, ticket: number, error: unknown, retire: boolean): void {
    const job = this.#answered(worker, ticket, retire);
    if (job !== undefined) this.#endings.throw(job, error);
  }

  yielded(worker: PoolWorker, ticket: number, value: unknown): void {
    this.#runningJob(worker, ticket)?.extras?.onYield?.(value);
  }

  progressed(worker: PoolWorker, ticket: number, value: unknown): void {
    tellProgress(this.#runningJob(worker, ticket), value);
  }

  reported(worker: PoolWorker, ticket: number, part: ChunkPart): void {
    this.#runningJob(worker, ticket)?.extras?.onReport?.(part);
  }

  called(worker: PoolWorker, ticket: number, message: CallMessage): void {
    this.#runningJob(worker, ticket)?.extras?.calls?.receive(worker, message);
  }

  recalled(worker: PoolWorker, jobs: readonly Job[]): void {
    const seat = this.#roster.seat(worker);
    if (seat === undefined) return;
    this.#handOver.recalled(seat, jobs);
    if (seat.doom !== undefined && seat.behind.length === 0) this.#force(seat, seat.doom);
    this.#assign();
    this.#afterChange();
  }

  refused(worker: PoolWorker, job: Job): void {
    const seat = this.#roster.seat(worker);
    if (seat?.job === job && job.done()) this.#endings.request(seat, job, new CancelledError());
  }

  drained(): void {
    this.#handOver.early.drained(this.#roster.busy);
    for (const seat of this.#roster) if (seat.phase === 'busy') this.#refill(seat);
    this.#afterChange();
  }

  exit(worker: PoolWorker, loss: Omit<WorkerLoss, 'workerId'>): void {
    const seat = this.#roster.seat(worker);
    if (seat === undefined) return this.#roster.spareLost(worker);
    const { job, phase, doom } = seat;
    if (doom === undefined) this.#lost += 1;
    this.#roster.remove(seat);
    const when = { isStarting: phase === 'starting', settings: this.settings };
    const error = workerLost(worker, loss, when, job);
    this.#submitted += this.#handOver.lose(seat, error);
    if (when.isStarting) this.#growth.starts.failed(error);
    if (this.settings.onWorkerLost === 'break' && !when.isStarting && doom === undefined)
      this.#break(brokenByLoss(this.#identity.name, error));
    this.#pins.rehome(seat, !this.#growth.starts.isPaused);
    this.#assign(1);
    this.#afterChange();
  }

  /** The job this answer is for, off its seat; undefined for one that was settled before. */
  #answered(worker: PoolWorker, ticket: number, retire: boolean): Job | undefined {
    const seat = this.#roster.seat(worker);
    const job = seat?.job;
    if (seat === undefined || job === undefined || job.ticket !== ticket) return undefined;
    this.#handOver.leave(seat, job);
    seat.jobsDone += 1;
    if (retire) seat.retiring = true;
    this.#handOver.early.answers += 1;
    return job;
  }

  #runningJob(worker: PoolWorker, ticket: number): Job | undefined {
    const job = this.#roster.seat(worker)?.job;
    return job?.ticket === ticket ? job : undefined;
  }

  /** Gives a worker what it may hold; sends it to rest, or home, when there is nothing for it. */
  #refill(seat: Seat): void {
    if (seat.phase === 'leaving' || seat.held || this.#handOver.fill(seat) || seat.phase === 'idle') return;
    const done = seat.retiring || seat.jobsDone >= this.settings.maxTasksPerWorker;
    if (!done && (this.#queue.size > 0 || seat.pinned.length > 0)) this.#handOver.awaitRoom(seat);
    else if (!done && !this.#closing.hasBegun && !this.#growth.isOver) this.#roster.setIdle(seat);
    else {
      this.#roster.dismiss(seat, 'stop');
      this.#pins.rehome(seat);
      this.#assign();
    }
  }

  /** @param replaced workers lost just now, which may be replaced whatever the pool's size. */
  #assign(replaced = 0): void {
    while (this.#queue.size > 0) {
      const seat = this.#roster.takeIdle();
      if (seat === undefined) break;
      this.#refill(seat);
    }
    this.#growth.grow(replaced);
  }

  /** Ends what a seat is doing by ending its worker, when nothing else can be hit by that. */
  #force(seat: Seat, outcome: CancelOutcome): void {
    const { job, pinned, behind } = seat;
    if (job !== undefined) this.#endings.cancel(job, outcome);
    if (!this.#closing.isForced && !this.#handOver.clear(seat, outcome)) return;
    seat.job = undefined;
    this.#roster.dismiss(seat, 'terminate');
    if (this.#closing.isForced)
      for (const ended of [...pinned.splice(0), ...behind.takeAll()]) this.#endings.cancel(ended, outcome);
    this.#pins.rehome(seat);
    this.#assign(1);
    if (!this.#closing.hasBegun) this.#roster.spare.forced();
    this.#afterChange();
  }

  /** Stops what a seat is doing and keeps its worker. False when that cannot be done here. */
  #interrupt(seat: Seat, job: Job, onStep: () => void): boolean {
    if (!this.#handOver.interrupt(seat, job, onStep, () => this.drained())) return false;
    this.#assign();
    return true;
  }

  /** Python's rule: everything that has not ended fails, and nothing can be submitted any more. */
  #break(breakage: Breakage): void {
    this.#broken = breakage;
    this.#roster.spare.close();
    const failed = this.#queue.takeAll();
    for (const seat of this.#roster.seats()) {
      if (seat.job !== undefined) failed.push(seat.job);
      failed.push(...seat.behind, ...seat.pinned);
      this.#roster.dismiss(seat, 'terminate');
    }
    for (const job of failed) this.#endings.fail(job, breakage());
    this.room.close();
    this.#afterChange();
  }

  #cancelQueued(outcome: CancelledError): void {
    for (const seat of this.#roster) {
      this.#handOver.withdrawAll(seat, outcome);
      for (const job of seat.pinned.splice(0)) this.#endings.cancel(job, outcome);
    }
    for (const job of this.#queue.takeAll()) this.#endings.cancel(job, outcome);
    this.#afterChange();
  }

  #isClosed(): boolean {
    return this.#queue.size === 0 && this.#roster.size === 0;
  }

  #afterChange(): void {
    this.room.wake();
    if (!this.#closing.hasBegun || this.#queue.size > 0) return;
    for (const seat of this.#roster.seats()) {
      const isFree = (seat.phase === 'idle' || seat.phase === 'starting') && seat.pinned.length === 0;
      if (isFree) this.#roster.dismiss(seat, 'stop');
    }
    if (this.#isClosed()) this.#closing.over();
  }
}
