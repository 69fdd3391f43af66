import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
  type TransferListItem,
} from 'node:worker_threads';
import type { WorkerLoss } from '../errors.ts';
import { cpuDemand } from '../executor/cpu-time.ts';
import { deliver } from '../executor/deliver.ts';
import type { Job } from '../executor/job.ts';
import type { PoolSettings } from '../executor/options.ts';
import type { PoolWorker, WorkerEvents } from '../executor/pool-worker.ts';
import { CancelFlags, FLAG_WORDS } from '../worker/cancel-flags.ts';
import type { FromWorker, ToWorker, WireFunction, WorkerSetup } from '../worker/protocol.ts';
import type { ReplyCounter } from './reply-counter.ts';
import type { ThreadWorkerData } from './worker-entry.ts';
import { workerEntry, workerExecArgv } from './worker-start.ts';

/** A worker thread as its pool sees it. Messages go through a port of our own, which can be emptied without the event loop. */
export class ThreadWorker implements PoolWorker {
  readonly id: number;
  readonly name: string;
  readonly capacity = 1;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #flags = new CancelFlags(new Int32Array(new SharedArrayBuffer(FLAG_WORDS * 4)));
  readonly #events: WorkerEvents;
  /** Functions this worker has been sent. */
  readonly #known = new Set<number>();
  readonly #exited: Promise<void>;
  /** Where `/proc` tells about the thread. */
  #task: string | undefined;
  #error: unknown;

  constructor(setup: WorkerSetup, settings: PoolSettings, replies: ReplyCounter, events: WorkerEvents) {
    this.id = setup.workerId;
    this.name = setup.name;
    this.#events = events;
    const { port1, port2 } = new MessageChannel();
    const workerData: ThreadWorkerData = {
      offloop: { setup, port: port2, flags: this.#flags.words, replies: replies.words },
    };
    this.#port = port1;
    const entry = workerEntry();
    this.#worker = new Worker(entry.file, {
      eval: entry.eval,
      workerData,
      transferList: [port2],
      name: setup.name,
      execArgv: workerExecArgv(settings.execArgv),
      ...(settings.resourceLimits && { resourceLimits: settings.resourceLimits }),
      ...(settings.env && { env: settings.env }),
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (exitCode) => {
        this.#onExit(exitCode);
        resolve();
      });
    });
    this.#worker.on('error', (error) => {
      this.#error = error;
    });
    this.#port.on('message', (message: FromWorker) => this.#receive(message));
    this.#port.unref();
    if (settings.daemon) this.unref();
  }

  post(job: Job): boolean {
    const { payload, spec, ticket } = job;
    const { definition, kind, context } = spec;
    const captured = payload?.captured;
    const known = this.#known.has(definition.id);
    const fn: WireFunction = known ? { id: definition.id, captured } : { id: definition.id, definition, captured };
    const args = payload?.args ?? [];
    const message: ToWorker = ['job', ticket, kind, fn, args, job.name, context];
    this.#port.postMessage(message, (payload?.transferList ?? []) as TransferListItem[]);
    this.#known.add(definition.id);
    return true;
  }

  /** A message that was sent cannot be taken back. */
  revoke(): boolean {
    return false;
  }

  hasBegun(): boolean {
    return true;
  }

  requestCancel(job: Job): void {
    this.#flags.request(job.ticket);
    this.#send(['cancel', job.ticket]);
  }

  hasLooked(job: Job): boolean {
    return this.#flags.hasLooked(job.ticket);
  }

  credit(job: Job, count: number): void {
    this.#send(['credit', job.ticket, count]);
  }

  drain(): number {
    let drained = 0;
    for (
      let received = receiveMessageOnPort(this.#port);
      received !== undefined;
      received = receiveMessageOnPort(this.#port)
    ) {
      drained += 1;
      this.#receive(received.message as FromWorker);
    }
    return drained;
  }

  cpuDemand(): number | undefined {
    return this.#task === undefined ? undefined : cpuDemand(this.#task);
  }

  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
  }

  stop(): Promise<void> {
    this.#worker.ref();
    this.#send(['stop']);
    return this.#exited;
  }

  terminate(): Promise<void> {
    this.#worker.ref();
    void this.#worker.terminate();
    return this.#exited;
  }

  #receive(message: FromWorker): void {
    if (message[0] === 'ready') this.#task = message[1];
    deliver(this.#events, this, message);
  }

  #send(message: ToWorker): void {
    this.#port.postMessage(message, []);
  }

  #onExit(exitCode: number): void {
    // What it answered before it went was an answer.
    this.drain();
    this.#port.close();
    const loss: Omit<WorkerLoss, 'workerId'> = { exitCode, cause: this.#error };
    this.#events.exit(this, loss);
  }
}
