import type { ChildProcess } from 'node:child_process';
import type { WorkerLoss } from '../errors.ts';
import { cpuDemand } from '../executor/cpu-time.ts';
import { joinJobStacks } from '../executor/job-error.ts';
import { jobFlags } from '../executor/job-values.ts';
import type { Job } from '../executor/job.ts';
import { makeNice } from '../executor/niceness.ts';
import type { PoolSettings } from '../executor/options.ts';
import type { PoolWorker, WorkerEvents } from '../executor/pool-worker.ts';
import { findErrorClass } from '../functions/error-class.ts';
import { SentDefinitions } from '../functions/live-definitions.ts';
import { Decoder } from '../transport/codec.ts';
import { decodeError, type WireError } from '../transport/error-codec.ts';
import type { Message } from '../transport/frames.ts';
import { decodeValue, encodeFailure, encodeValue } from '../transport/pipe-value.ts';
import { CallOutcome, type CallMessage, type ChunkPart, type WorkerSetup } from '../worker/protocol.ts';
import { nextTicket } from './claims.ts';
import { jobBody } from './job-body.ts';
import { Pipe } from './pipe.ts';
import { startProcess, type StartedProcess } from './process-start.ts';
import { Recalls, type RecallAnswers } from './recalls.ts';
import { SentJobs } from './sent-jobs.ts';
import { FromChild, RETIRE, ToChild } from './wire.ts';

/** A child that was told to end, or has closed its pipe, gets this long before it is killed. */
const KILL_AFTER_MS = 1000;

/** Jobs in a child at most. */
const CAPACITY = 256;
/** Arguments that may wait in the pipe of a child that is busy. */
const AHEAD_BYTES = 1024 * 1024;

/** A child process as its pool sees it. */
export class ProcessWorker implements PoolWorker {
  readonly id: number;
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #pipe: Pipe | undefined;
  readonly #recalls: Recalls | undefined;
  readonly #events: WorkerEvents;
  readonly #onGone: () => void;
  readonly #decoder: Decoder;
  /** Functions this worker has been sent. */
  readonly #known = new SentDefinitions();
  readonly #exited: Promise<void>;
  readonly #sent = new SentJobs();
  /** What came about jobs behind some of which it is not known here yet that they were taken back. */
  #early: Message[] = [];
  #lastTicket = 0;
  /** Ticket of the last job that looked whether it should end. */
  #looked = 0;
  #shielded = false;
  /** What had come was passed on, and more is being handed over. */
  #refilling = false;
  readonly #nice: number;
  #gone = false;
  #killTimer: NodeJS.Timeout | undefined;
  /** Why it ends, in its own words, or why it could not be started. */
  #cause: unknown;

  constructor(setup: WorkerSetup, settings: PoolSettings, events: WorkerEvents, onGone: () => void) {
    this.id = setup.workerId;
    this.name = setup.name;
    this.#events = events;
    this.#onGone = onGone;
    this.#decoder = new Decoder((name) => {
      const job = this.#sent.head;
      return job === undefined ? undefined : findErrorClass(job.spec.fn, name);
    });
    const { child, sockets } = startProcess(settings);
    this.#child = child;
    this.#exited = this.#watchExit(child);
    if (sockets !== undefined) {
      this.#pipe = this.#openPipe(sockets.jobs);
      // A child without its watcher cannot say what it was asked: it is ended.
      const closed = (): void => this.#killSoon();
      this.#recalls = new Recalls(sockets.recalls, (answers) => this.#recalled(answers), closed);
      this.#send(ToChild.setup, 0, 0, setup);
    }
    this.#nice = settings.nice;
    if (settings.daemon) this.unref();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The pipe to it, while there is one that a blocked thread can use. */
  get pipe(): Pipe | undefined {
    return this.#gone ? undefined : this.#pipe;
  }

  /** One until there is somebody who can take jobs back. */
  get capacity(): number {
    return this.#recalls?.watched === true ? CAPACITY : 1;
  }

  post(job: Job): boolean {
    const pipe = this.#pipe;
    const ticket = nextTicket(this.#lastTicket);
    const isFree = this.#sent.head === undefined;
    if (!isFree && (!this.#sent.hasRoomFor(ticket) || (pipe?.pending ?? 0) > AHEAD_BYTES)) return false;
    const { definition, kind } = job.spec;
    if (!this.#known.has(definition.id)) {
      pipe?.add(ToChild.define, 0, 0, 0, encodeValue(definition, 'fn'));
      this.#known.add(definition, (ids) => {
        pipe?.add(ToChild.forget, 0, 0, 0, encodeValue(ids, 'ids'));
        return true;
      });
    }
    const body = jobBody(job);
    this.#shield();
    pipe?.add(kind, jobFlags(job), ticket, definition.id, body);
    this.#lastTicket = ticket;
    job.ticket = ticket;
    this.#sent.add(job);
    // What a free child can begin does not wait for the end of this turn, only for what else it is being given.
    if (isFree && !this.#refilling) pipe?.flushNow();
    pipe?.flushSoon();
    return true;
  }

  revoke(job: Job): boolean | undefined {
    const asked = this.#sent.ask(job);
    if (asked === 'new') this.#recalls?.ask(job.ticket);
    return asked === false ? false : undefined;
  }

  hasBegun(job: Job): boolean {
    return this.#sent.mayHaveBegun(job);
  }

  requestCancel(job: Job): void {
    this.#send(ToChild.cancel, job.ticket);
  }

  hasLooked(job: Job): boolean {
    return this.#looked === job.ticket;
  }

  credit(job: Job, count: number): void {
    this.#send(ToChild.credit, job.ticket, count + 1);
  }

  reply(id: number, outcome: CallOutcome, value: unknown): void {
    const body = outcome === CallOutcome.value ? encodeValue(value, 'result') : encodeFailure(value);
    this.#pipe?.add(ToChild.reply, outcome, 0, id, body);
    this.#pipe?.flushSoon();
  }

  drain(): number {
    if (this.#gone) return 0;
    this.#recalls?.flush();
    this.#pipe?.flushNow();
    this.#recalls?.readNow();
    const delivered = this.#pipe?.readNow() ?? -1;
    if (delivered >= 0) return delivered;
    // Its end cannot be told how while this thread blocks: the system keeps that for the event loop.
    this.#leave({ cause: this.#cause });
    return 1;
  }

  cpuDemand(): number | undefined {
    return this.#child.pid === undefined ? undefined : cpuDemand(String(this.#child.pid));
  }

  ref(): void {
    this.#child.ref();
    this.#pipe?.ref();
    this.#recalls?.ref();
  }

  unref(): void {
    this.#child.unref();
    this.#pipe?.unref();
    this.#recalls?.unref();
  }

  stop(): Promise<void> {
    this.ref();
    this.#send(ToChild.stop, 0);
    return this.#exited;
  }

  terminate(): Promise<void> {
    return this.kill('SIGTERM');
  }

  /** Sends a signal; one that the child withstands is followed by SIGKILL. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.ref();
    this.#child.kill(signal);
    if (signal !== 'SIGKILL') this.#killSoon();
    return this.#exited;
  }

  #watchExit(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      const leave = (loss: Omit<WorkerLoss, 'workerId'>): void => {
        this.#leave(loss);
        resolve();
      };
      child.once('exit', (code, signal) =>
        leave({ exitCode: code ?? undefined, signal: signal ?? undefined, cause: this.#cause }),
      );
      child.on('error', (error) => {
        // With a process id it is about a signal that could not be sent; without one there never was a child.
        if (child.pid === undefined) leave({ cause: error });
      });
    });
  }

  #openPipe(socket: StartedSockets['jobs']): Pipe {
    return new Pipe(socket, {
      message: (message) => this.#receive(message),
      passed: () => {
        if (this.#gone) return;
        this.#refilling = true;
        this.#events.drained();
        this.#refilling = false;
        this.#pipe?.flushNow();
      },
      // What could not be sent before may be now.
      drained: () => this.#events.drained(),
      closed: (error) => {
        this.#cause ??= error;
        this.#killSoon();
      },
    });
  }

  #send(kind: number, ticket: number, target = 0, value?: unknown): void {
    this.#pipe?.add(kind, 0, ticket, target, value === undefined ? undefined : encodeValue(value, 'the value'));
    this.#pipe?.flushNow();
    this.#pipe?.flushSoon();
  }

  #receive(message: Message): void {
    const { ticket } = message;
    const isEarly = ticket !== 0 && ticket !== this.#sent.head?.ticket && this.#sent.includes(ticket);
    // Those in front of it were taken back: the watcher will have said so.
    if (isEarly || this.#early.length > 0) this.#early.push(message);
    else this.#act(message);
  }

  #act(message: Message): void {
    const { kind, ticket } = message;
    if (kind === FromChild.ready) {
      if (this.pid !== undefined) makeNice(this.pid, this.#nice);
      this.#events.ready(this);
    } else if (kind === FromChild.looked) this.#looked = ticket;
    else if (kind === FromChild.broken) {
      this.#events.initializerFailed(this, decodeValue(this.#decoder, message) as WireError);
    } else if (kind === FromChild.dying) {
      this.#cause = decodeError(decodeValue(this.#decoder, message) as WireError, { where: this.name });
    } else if (kind === FromChild.leaving) this.#sent.last = ticket;
    else if (kind === FromChild.staying) this.#sent.last = undefined;
    else if (ticket === this.#sent.head?.ticket) this.#answer(this.#sent.head, message);
  }

  #answer(job: Job, message: Message): void {
    const events = this.#events;
    const { kind, ticket } = message;
    const value = decodeValue(this.#decoder, message);
    if (kind === FromChild.yield) events.yielded(this, ticket, value);
    else if (kind === FromChild.progress) events.progressed(this, ticket, value);
    else if (kind === FromChild.part) events.reported(this, ticket, value as ChunkPart);
    else if (kind === FromChild.call) events.called(this, ticket, value as CallMessage);
    else {
      this.#sent.shift();
      const retire = (message.flags & RETIRE) !== 0;
      if (kind === FromChild.value) events.returned(this, ticket, value, retire);
      else events.threw(this, ticket, joinJobStacks(job, value, this.name), retire);
      this.#tellRefused();
    }
  }

  #recalled({ taken, begun }: RecallAnswers): void {
    const jobs = this.#sent.tell(taken, begun);
    if (jobs.length > 0) this.#events.recalled(this, jobs);
    this.#tellRefused();
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.#receive(message);
    if (!this.#gone) this.#events.drained();
  }

  /** A job that was wanted back has begun: told when those before it have been answered. */
  #tellRefused(): void {
    const { head } = this.#sent;
    if (head !== undefined && this.#sent.takeRefused()) this.#events.refused(this, head);
  }

  /**
   * Ctrl-C reaches the whole process group. Where this program has a handler for it, it decides what becomes of the
   * work; where it has none it dies, and so should its children.
   */
  #shield(): void {
    const shielded = process.listenerCount('SIGINT') > 0;
    if (shielded === this.#shielded) return;
    this.#shielded = shielded;
    this.#pipe?.add(ToChild.shield, 0, 0, shielded ? 1 : 0);
  }

  #killSoon(): void {
    if (this.#gone) return;
    this.#killTimer ??= setTimeout(() => this.#child.kill('SIGKILL'), KILL_AFTER_MS);
  }

  #leave(loss: Omit<WorkerLoss, 'workerId'>): void {
    clearTimeout(this.#killTimer);
    if (this.#gone) return;
    this.#gone = true;
    // What it answered before it went was an answer.
    this.#recalls?.readNow();
    this.#pipe?.readNow();
    for (const message of this.#early) {
      // Nobody is left to say that those in front of it were taken back.
      if (this.#sent.includes(message.ticket)) {
        while (this.#sent.head?.ticket !== message.ticket) this.#takeBackHead();
      }
      this.#act(message);
    }
    this.#pipe?.destroy();
    this.#recalls?.destroy();
    this.#onGone();
    this.#events.exit(this, { ...loss, cause: loss.cause ?? this.#cause });
  }

  #takeBackHead(): void {
    const job = this.#sent.shift();
    if (job !== undefined) this.#events.recalled(this, [job]);
  }
}

type StartedSockets = NonNullable<StartedProcess['sockets']>;
