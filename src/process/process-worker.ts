import type { ChildProcess } from 'node:child_process';
import { SerializationError, type WorkerLoss } from '../errors.ts';
import { cpuDemand } from '../executor/cpu-time.ts';
import { deliver } from '../executor/deliver.ts';
import type { Job } from '../executor/job.ts';
import type { PoolSettings } from '../executor/options.ts';
import { parcel } from '../executor/payload.ts';
import type { PoolWorker, WorkerEvents } from '../executor/pool-worker.ts';
import { SentDefinitions } from '../functions/live-definitions.ts';
import { decodeError } from '../transport/error-codec.ts';
import { findUnclonable } from '../transport/unclonable.ts';
import type { WireFunction, WorkerSetup } from '../worker/protocol.ts';
import { Pipe } from './pipe.ts';
import { startProcess } from './process-start.ts';
import { decodeMessage, encodeMessage, type FromProcess, type ToProcess } from './wire.ts';

/** A child that was told to end, or has closed its pipe, gets this long before it is killed. */
const KILL_AFTER_MS = 1000;

/** A child process as its pool sees it. */
export class ProcessWorker implements PoolWorker {
  readonly id: number;
  readonly name: string;
  readonly capacity = 1;
  readonly #child: ChildProcess;
  readonly #pipe: Pipe | undefined;
  readonly #events: WorkerEvents;
  readonly #onGone: () => void;
  /** Functions this worker has been sent. */
  readonly #sent = new SentDefinitions();
  readonly #exited: Promise<void>;
  #lastTicket = 0;
  /** The job handed over last. */
  #job: Job | undefined;
  /** Ticket of the last job that looked whether it should end. */
  #looked = 0;
  #shielded = false;
  #gone = false;
  #killTimer: NodeJS.Timeout | undefined;
  /** Why it ends, in its own words, or why it could not be started. */
  #cause: unknown;

  constructor(setup: WorkerSetup, settings: PoolSettings, events: WorkerEvents, onGone: () => void) {
    this.id = setup.workerId;
    this.name = setup.name;
    this.#events = events;
    this.#onGone = onGone;
    const { child, socket } = startProcess(settings);
    this.#child = child;
    this.#exited = new Promise((resolve) => {
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
    if (socket !== undefined) {
      this.#pipe = new Pipe(socket, {
        frame: (body) => this.#receive(decodeMessage(body) as FromProcess),
        closed: () => this.#killSoon(),
      });
      this.#send(['setup', setup]);
    }
    if (settings.daemon) this.unref();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The pipe to it, while there is one that a blocked thread can use. */
  get pipe(): Pipe | undefined {
    return this.#gone ? undefined : this.#pipe;
  }

  post(job: Job): boolean {
    const { args, captured } = parcel(job.payload ?? []);
    const { spec } = job;
    const ticket = this.#nextTicket();
    const { definition, kind, context } = spec;
    const known = this.#sent.has(definition.id);
    const fn: WireFunction = known ? { id: definition.id, captured } : { id: definition.id, definition, captured };
    let body: Buffer;
    try {
      body = encodeMessage(['job', ticket, kind, fn, args, job.name, context]);
    } catch (cause) {
      throw cannotBeSent(args, captured, cause);
    }
    this.#shield();
    this.#pipe?.send(body);
    if (!known) this.#sent.add(definition, (ids) => this.#forget(ids));
    job.ticket = ticket;
    this.#job = job;
    return true;
  }

  /** What was written to the pipe cannot be taken back. */
  revoke(): boolean {
    return false;
  }

  hasBegun(): boolean {
    return true;
  }

  #nextTicket(): number {
    this.#lastTicket = this.#lastTicket === 0x7fffffff ? 1 : this.#lastTicket + 1;
    return this.#lastTicket;
  }

  requestCancel(job: Job): void {
    this.#send(['cancel', job.ticket]);
  }

  hasLooked(job: Job): boolean {
    return this.#looked === job.ticket;
  }

  credit(job: Job, count: number): void {
    this.#send(['credit', job.ticket, count]);
  }

  drain(): number {
    if (this.#gone) return 0;
    this.#pipe?.flushNow();
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
  }

  unref(): void {
    this.#child.unref();
    this.#pipe?.unref();
  }

  stop(): Promise<void> {
    this.ref();
    this.#send(['stop']);
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

  #forget(ids: readonly number[]): boolean {
    this.#send(['forget', ids]);
    return true;
  }

  #send(message: ToProcess): void {
    this.#pipe?.send(encodeMessage(message));
  }

  #receive(message: FromProcess): void {
    if (message[0] === 'looked') this.#looked = message[1];
    else if (message[0] === 'dying') this.#cause = decodeError(message[1], { where: this.name });
    else {
      const job = this.#job;
      if (message[0] === 'result' || message[0] === 'error') this.#job = undefined;
      deliver(this.#events, this, message, job);
    }
  }

  /**
   * Ctrl-C reaches the whole process group. Where this program has a handler for it, it decides what becomes of the
   * work; where it has none it dies, and so should its children.
   */
  #shield(): void {
    const shielded = process.listenerCount('SIGINT') > 0;
    if (shielded === this.#shielded) return;
    this.#shielded = shielded;
    this.#send(['shield', shielded]);
  }

  #killSoon(): void {
    if (this.#gone) return;
    this.#killTimer ??= setTimeout(() => this.#child.kill('SIGKILL'), KILL_AFTER_MS);
  }

  #leave(loss: Omit<WorkerLoss, 'workerId'>): void {
    clearTimeout(this.#killTimer);
    if (this.#gone) return;
    // What it answered before it went was an answer.
    this.#pipe?.readNow();
    this.#gone = true;
    this.#pipe?.destroy();
    this.#onGone();
    this.#events.exit(this, { ...loss, cause: loss.cause ?? this.#cause });
  }
}

function cannotBeSent(
  args: readonly unknown[],
  captured: readonly unknown[] | undefined,
  cause: unknown,
): SerializationError {
  const found = findUnclonable(args, 'args') ?? findUnclonable(captured, 'captured variables');
  const path = found?.path ?? 'args';
  const reason = found?.reason ?? (cause instanceof Error ? cause.message : String(cause));
  return new SerializationError(path, `${path} cannot be sent to another process: ${reason}`, { cause });
}
