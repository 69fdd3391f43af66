import { MAX_TIMEOUT_MS } from '../core/clock.ts';
import type { CancelOutcome } from './cancellation.ts';
import { Deque } from './deque.ts';
import type { Job } from './job.ts';
import type { PoolSettings } from './options.ts';
import type { PoolTimers } from './pool-timers.ts';
import type { PoolWorker, WorkerEvents, WorkerHost } from './pool-worker.ts';
import { Spare, type Reserve } from './spare.ts';
import { Standstill } from './standstill.ts';
import { workerSetup, type PoolIdentity } from './worker-setup.ts';

/** A worker that was told to end. */
interface Leave {
  /** Resolves when there is nothing more to wait for. */
  readonly over: Promise<void>;
  readonly end: () => void;
}

/** A place in the pool: the worker in it and what it does. */
export interface Seat {
  readonly worker: PoolWorker;
  /** Which `_n` of the pool's names it has; the lowest free one, so that a pool of four is always `_0` … `_3`. */
  readonly index: number;
  /** `starting` until its initializer has run; `leaving` once it was told to stop. */
  phase: 'starting' | 'idle' | 'busy' | 'leaving';
  /** The job it runs, or is about to. */
  job: Job | undefined;
  /** Jobs handed over early, in the order in which it will run them. */
  readonly behind: Deque<Job>;
  /** Jobs that only this worker may run; they come before the queue's. */
  readonly pinned: Job[];
  /** It asked to be replaced. */
  retiring: boolean;
  /** It is being interrupted, or is to be ended: whatever it ran next would be cut short too. */
  held: boolean;
  /** Interrupted once: what the task left behind may go on, and keep the worker from anything else. */
  hasLeftovers: boolean;
  /** Whether such a worker begins what it was given is being watched. */
  isWatched: boolean;
  /** How its job was to end, while its worker is to be ended as soon as nothing stands behind that job any more. */
  doom: CancelOutcome | undefined;
  jobsDone: number;
  /** `jobsDone` when somebody last looked whether it gets on. */
  answersSeen: number;
  idleSince: number;
}

/**
 * Who works in a pool: seats taken and free, names, who is idle and since when.
 */
export class Roster {
  /** Takes the place of a worker that is ended by force. */
  readonly spare: Spare;
  readonly #settings: PoolSettings;
  readonly #host: WorkerHost;
  readonly #events: WorkerEvents;
  readonly #identity: PoolIdentity;
  readonly #timers: PoolTimers;
  readonly #seats = new Map<PoolWorker, Seat>();
  /** The one that was busy last is taken first: the others may time out. */
  readonly #idle: Seat[] = [];
  readonly #indices = new Set<number>();
  /** Workers that were told to end, and when they will have. */
  readonly #leaving = new Map<PoolWorker, Leave>();
  #nextId = 0;
  #starting = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(
    settings: PoolSettings,
    host: WorkerHost,
    events: WorkerEvents,
    identity: PoolIdentity,
    timers: PoolTimers,
  ) {
    this.#settings = settings;
    this.#host = host;
    this.#events = events;
    this.#identity = identity;
    this.#timers = timers;
    this.spare = new Spare(settings.idleTimeout, {
      start: () => this.#start(),
      dismiss: (reserve) => this.#sendHome(reserve),
      isBusy: () => this.size > this.idle,
    });
  }

  get size(): number {
    return this.#seats.size;
  }

  get idle(): number {
    return this.#idle.length;
  }

  get starting(): number {
    return this.#starting;
  }

  get busy(): number {
    return this.#seats.size - this.#idle.length - this.#starting;
  }

  /** Jobs that wait in workers, or for one of them. */
  get waiting(): number {
    let waiting = 0;
    for (const { behind, pinned } of this) {
      waiting += pinned.length;
      // Cancelled ones stand there until their worker has let go of them.
      for (const job of behind) if (!job.done()) waiting += 1;
    }
    return waiting;
  }

  /** Passes on what has arrived from workers; how much that was. */
  drain(): number {
    let drained = 0;
    for (const { worker } of this) drained += worker.drain();
    return drained;
  }

  seat(worker: PoolWorker): Seat | undefined {
    return this.#seats.get(worker);
  }

  [Symbol.iterator](): Iterator<Seat> {
    return this.#seats.values();
  }

  /** Everybody, as of now: seats may be left while the list is gone through. */
  seats(): Seat[] {
    return [...this.#seats.values()];
  }

  /** The call that this job waits for, its own or that of a job before it, and without which it cannot get on. */
  callBlocking(job: Job): string | undefined {
    const waitsHere = (seat: Seat): boolean => job.seat === seat || seat.pinned.includes(job);
    const callOf = (seat: Seat): string | undefined => seat.job?.extras?.calls?.pending;
    const seats = this.seats();
    const own = seats.find(waitsHere);
    if (own !== undefined) return callOf(own);
    // In the queue: whoever is done first takes it, or a worker that is added because all these wait.
    if (seats.length < this.#settings.maxWorkers) return undefined;
    return seats.every((seat) => callOf(seat) !== undefined) ? seats[0] && callOf(seats[0]) : undefined;
  }

  /** Takes on a worker: the spare, or a new one, which is of use when it says that it is ready. */
  spawn(): Seat {
    const reserve = this.spare.take();
    const { worker, index, ready } = reserve ?? this.#start();
    const seat: Seat = {
      worker,
      index,
      phase: ready ? 'busy' : 'starting',
      job: undefined,
      behind: new Deque(),
      pinned: [],
      retiring: false,
      held: false,
      hasLeftovers: false,
      isWatched: false,
      doom: undefined,
      jobsDone: 0,
      answersSeen: 0,
      idleSince: 0,
    };
    this.#seats.set(worker, seat);
    // The spare does not keep the program running; a worker that somebody waits for does.
    if (!this.#settings.daemon) worker.ref();
    if (!ready) this.#starting += 1;
    return seat;
  }

  #start(): Reserve {
    let index = 0;
    while (this.#indices.has(index)) index += 1;
    const setup = workerSetup(this.#settings, this.#identity, this.#nextId++, index);
    const worker = this.#host.spawn(setup, this.#events);
    this.#indices.add(index);
    return { worker, index, ready: false };
  }

  /** The spare is gone. */
  spareLost(worker: PoolWorker): void {
    const reserve = this.spare.lost(worker);
    if (reserve !== undefined) this.#indices.delete(reserve.index);
  }

  /** It is ready for its first job. */
  started(seat: Seat): void {
    if (seat.phase !== 'starting') return;
    this.#starting -= 1;
    seat.phase = 'busy';
  }

  /** It has nothing to do. */
  setIdle(seat: Seat): void {
    seat.phase = 'idle';
    seat.idleSince = performance.now();
    seat.worker.unref();
    this.#idle.push(seat);
    if (this.#idleTimer === undefined && this.size > this.#settings.minWorkers) this.#watchIdle();
  }

  /** Takes an idle worker; `undefined` if there is none. */
  takeIdle(): Seat | undefined {
    const seat = this.#idle.pop();
    if (seat !== undefined) seat.phase = 'busy';
    return seat;
  }

  /** Takes this one out of the idle ones. False when it is not idle. */
  take(seat: Seat): boolean {
    const index = this.#idle.indexOf(seat);
    if (index === -1) return false;
    this.#idle.splice(index, 1);
    seat.phase = 'busy';
    return true;
  }

  /** Its seat is free from now on; the worker ends on its own time, `settled()` waits for it. */
  dismiss(seat: Seat, how: 'stop' | 'terminate'): void {
    this.remove(seat);
    const { worker } = seat;
    this.#await(worker, how === 'stop' ? worker.stop() : worker.terminate());
    if (how === 'stop' && seat.hasLeftovers) this.#endAtStandstill(worker);
  }

  /** It is gone. */
  remove(seat: Seat): void {
    if (!this.#seats.delete(seat.worker)) return;
    if (seat.phase === 'starting') this.#starting -= 1;
    const index = this.#idle.indexOf(seat);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#indices.delete(seat.index);
    seat.phase = 'leaving';
    if (this.#seats.size === 0) this.#stopWatching();
  }

  /** Resolves when every dismissed worker has ended. */
  async settled(): Promise<void> {
    while (this.#leaving.size > 0) await Promise.all(Array.from(this.#leaving.values(), ({ over }) => over));
  }

  /** Those that were told to stop and have not gone are ended now. */
  hurry(): void {
    // One that is in a native call may be left behind: then nobody waits for it, whoever had told it to stop.
    for (const [worker, leave] of this.#leaving) this.#hurry(worker, leave);
  }

  #hurry(worker: PoolWorker, { end }: Leave): void {
    void worker.terminate().finally(end);
  }

  /** Nobody waits for what a dropped task still does there. */
  #endAtStandstill(worker: PoolWorker): void {
    const leave = this.#leaving.get(worker) as Leave;
    const awaited = { isOver: () => !this.#leaving.has(worker), onStandstill: () => this.#hurry(worker, leave) };
    // oxlint-disable-next-line no-new -- it lives as long as its timer
    new Standstill(this.#timers, worker, awaited, false);
  }

  #sendHome({ worker, index }: Reserve): void {
    this.#indices.delete(index);
    this.#await(worker, worker.stop());
  }

  #await(worker: PoolWorker, left: Promise<void>): void {
    let end = (): void => {};
    const over = new Promise<void>((resolve) => {
      end = () => {
        this.#leaving.delete(worker);
        resolve();
      };
    });
    this.#leaving.set(worker, { over, end });
    void left.finally(end);
  }

  /** One timer for the whole pool, alive only while somebody may have to leave. It never keeps the program running. */
  #watchIdle(): void {
    const { idleTimeout } = this.#settings;
    if (idleTimeout > MAX_TIMEOUT_MS) return;
    const oldest = this.#idle[0];
    const wait = oldest === undefined ? idleTimeout : Math.max(0, oldest.idleSince + idleTimeout - performance.now());
    this.#idleTimer = setTimeout(() => this.#dismissIdle(), Math.ceil(wait));
    this.#idleTimer.unref();
  }

  #dismissIdle(): void {
    this.#idleTimer = undefined;
    const limit = performance.now() - this.#settings.idleTimeout;
    for (const seat of this.#idle.slice()) {
      if (this.size <= this.#settings.minWorkers) return;
      if (seat.idleSince <= limit) this.dismiss(seat, 'stop');
    }
    if (this.#idle.length > 0 && this.size > this.#settings.minWorkers) this.#watchIdle();
  }

  #stopWatching(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
  }
}
