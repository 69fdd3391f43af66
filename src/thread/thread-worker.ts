import { outsideWorkBegan, outsideWorkEnded } from '../core/outside-work.ts';
import { existsSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import type { WorkerLoss } from '../errors.ts';
import { cpuDemand, cpuShare, type CpuShare } from '../executor/cpu-time.ts';
import { joinJobStacks } from '../executor/job-error.ts';
import type { Job } from '../executor/job.ts';
import { giveCallbacks } from '../executor/job-calls.ts';
import { makeNice } from '../executor/niceness.ts';
import type { PoolSettings } from '../executor/options.ts';
import { isBare } from '../executor/payload.ts';
import type { PoolWorker, WorkerEvents } from '../executor/pool-worker.ts';
import type { FunctionDefinition } from '../functions/definition.ts';
import { findErrorClass } from '../functions/error-class.ts';
import { SentDefinitions } from '../functions/live-definitions.ts';
import { callbacksExist } from '../transport/callback-mark.ts';
import type { WireError } from '../transport/error-codec.ts';
import { ParentChannel, type ParentHandlers } from '../transport/parent-channel.ts';
import type { ParentDoorbell } from '../transport/parent-doorbell.ts';
import { CONTROL, FAILURE } from '../transport/protocol.ts';
import { takeTransferList } from '../transport/transfer.ts';
import { CancelFlags } from '../worker/cancel-flags.ts';
import type { CallMessage, CallOutcome, ChunkPart, WorkerSetup } from '../worker/protocol.ts';
import { CallReplies } from './call-replies.ts';
import { ThreadInterrupts } from './interrupt.ts';
import { endOfThread } from './stuck-thread.ts';
import { jobFlags, jobValues } from '../executor/job-values.ts';
import { ReplyKind, RequestKind } from './wire.ts';
import { noOutputFollows, outputMayFollow } from './last-output.ts';
import { startThread, threadMemory, type EarlyThread } from './start-thread.ts';

/** Jobs in a worker's ring at most; the ring has room for more, which control requests and revoked jobs use. */
const CAPACITY = 256;

/** Who a request was made for: a job, or the pool itself. */
type Token = Job | 'init' | 'flush' | 'control';

/** A worker thread as its pool sees it: jobs and answers go through shared memory. */
export class ThreadWorker implements PoolWorker {
  readonly id: number;
  readonly name: string;
  readonly capacity: number = CAPACITY;
  readonly #worker: Worker;
  readonly #doorbell: ParentDoorbell;
  readonly #channel: ParentChannel<Token>;
  readonly #flags: CancelFlags;
  readonly #events: WorkerEvents;
  readonly #daemon: boolean;
  readonly #nice: number;
  readonly #interrupts: ThreadInterrupts | undefined;
  /** Functions this worker has been sent. */
  readonly #sent = new SentDefinitions();
  readonly #exited: Promise<void>;
  /** Where the results of calls go; made before the first job that may make one. */
  #replies: CallReplies | undefined;
  /** What the worker is to be told when there is room. */
  readonly #untold: [kind: number, values: readonly unknown[]][] = [];
  #held = false;
  #gone = false;
  /** The job being answered wants its worker to be replaced. */
  #retire = false;
  /** It has answered a job since its output was last waited for. */
  #mayHavePrinted = false;
  /** Where `/proc` tells about the thread. */
  #task: string | undefined;
  #error: unknown;

  /** @param early the thread, if it is on its way already. */
  constructor(
    setup: WorkerSetup,
    settings: PoolSettings,
    doorbell: ParentDoorbell,
    events: WorkerEvents,
    early?: EarlyThread,
  ) {
    this.id = setup.workerId;
    this.name = setup.name;
    this.#events = events;
    this.#doorbell = doorbell;
    this.#daemon = settings.daemon;
    this.#nice = settings.nice;
    const memory = early?.memory ?? threadMemory();
    this.#flags = new CancelFlags(memory.flags);
    const handlers: ParentHandlers<Token> = {
      reply: (token, kind, value) => this.#receive(token, kind, value),
      room: () => {
        for (const [kind, values] of this.#untold.splice(0)) this.#tell(kind, values);
        events.drained();
      },
      drained: () => events.drained(),
      resolveClass: (name, token) => (typeof token === 'object' ? findErrorClass(token.spec.fn, name) : undefined),
    };
    this.#channel = new ParentChannel<Token>(doorbell, handlers, memory.channel);
    this.#interrupts = settings.cancelMode === 'interrupt' ? new ThreadInterrupts(this.#flags) : undefined;
    const { workerPort } = this.#interrupts ?? {};
    this.#worker = early?.worker ?? startThread(setup, settings, doorbell.shared, memory, workerPort);
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (exitCode) => {
        this.#leave({ exitCode, cause: this.#error });
        resolve();
      });
    });
    this.#worker.on('error', (error) => {
      this.#error = error;
    });
    this.ref();
    this.#control('init', RequestKind.init, []);
  }

  post(job: Job): boolean {
    const { definition, kind } = job.spec;
    if (!this.#sent.has(definition.id)) {
      if (!this.#control('control', RequestKind.define, [definition satisfies FunctionDefinition])) return false;
      this.#sent.add(definition, (ids) => this.#control('control', RequestKind.forget, ids));
    }
    if (this.#replies === undefined && callbacksExist() && !this.#openReplies()) return false;
    const { payload } = job;
    const parcel = payload === undefined || isBare(payload) ? undefined : payload;
    const flags = jobFlags(job);
    const ticket =
      parcel?.encoded === undefined
        ? this.#channel.post(job, kind, definition.id, flags, jobValues(job, flags), parcel?.transferList)
        : this.#channel.postEncoded(job, kind, definition.id, flags, parcel.encoded);
    if (ticket === 0) return false;
    if (parcel?.encoded === undefined) giveCallbacks(job, this.#doorbell.encoder.takeCallbacks());
    job.ticket = ticket;
    return true;
  }

  revoke(job: Job): boolean {
    return this.#channel.revoke(job.ticket);
  }

  hasBegun(job: Job): boolean {
    return this.#channel.begun(job.ticket);
  }

  requestCancel(job: Job): void {
    this.#flags.request(job.ticket);
    this.#channel.requestCancel(job.ticket);
  }

  hasLooked(job: Job): boolean {
    return this.#flags.hasLooked(job.ticket);
  }

  interrupt(job: Job, onStep: () => void): Promise<void> | undefined {
    return this.#interrupts?.interrupt(this.#worker.threadId, job, onStep);
  }

  credit(job: Job, count: number): void {
    this.#tell(RequestKind.credit, [job.ticket, count]);
  }

  reply(id: number, outcome: CallOutcome, value: unknown): void {
    if (!this.#gone) this.#replies?.send(id, outcome, value, takeTransferList([value]));
  }

  drain(): number {
    const delivered = this.#channel.drain(Infinity, Infinity);
    if (delivered > 0 || this.#gone || !this.#hasGone()) return delivered;
    // How it ended is told to the event loop only, and this thread may be blocked.
    this.#leave({ cause: this.#error });
    return 1;
  }

  cpuDemand(): number | undefined {
    return this.#task === undefined ? undefined : cpuDemand(this.#task);
  }

  cpuShare(): CpuShare | undefined {
    return this.#task === undefined ? undefined : cpuShare(this.#task);
  }

  ref(): void {
    if (this.#held || this.#daemon) return;
    this.#held = true;
    this.#doorbell.hold();
    outsideWorkBegan();
  }

  unref(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#doorbell.release();
    outsideWorkEnded();
  }

  /** Keeps the program running until what it printed has arrived here. */
  flush(): void {
    this.#mayHavePrinted = false;
    if (this.#control('flush', RequestKind.flush, [])) this.ref();
  }

  stop(): Promise<void> {
    this.#worker.ref();
    this.#tell(RequestKind.stop, []);
    return this.#exited;
  }

  terminate(): Promise<void> {
    this.unref();
    this.#worker.ref();
    void this.#worker.terminate();
    return endOfThread(this.#worker, this.#exited, this.#task);
  }

  /** Tells the worker in any case: when there is no room now, as soon as there is. */
  #tell(kind: number, values: readonly unknown[]): void {
    const isNext = this.#untold.length === 0;
    if (!isNext || !this.#control('control', kind, values)) this.#untold.push([kind, values]);
  }

  /** A request of the pool's own; false when there is no room for it. */
  #control(
    token: 'init' | 'flush' | 'control',
    kind: number,
    values: readonly unknown[],
    transfer?: readonly object[],
  ): boolean {
    return this.#channel.post(token, kind, 0, CONTROL, values, transfer) !== 0;
  }

  /** False when there is no room for telling the worker. */
  #openReplies(): boolean {
    const replies = new CallReplies();
    if (!this.#control('control', RequestKind.replies, [replies.data], [replies.data.port])) {
      replies.close();
      return false;
    }
    this.#replies = replies;
    return true;
  }

  #receive(token: Token, kind: number, value: unknown): void {
    if (typeof token === 'object') this.#answer(token, kind, value);
    else if (token === 'flush') this.unref();
    else if (token === 'init') this.#started(value as { task?: string; broken?: WireError });
  }

  #answer(job: Job, kind: number, value: unknown): void {
    const events = this.#events;
    if (kind === ReplyKind.yield) events.yielded(this, job.ticket, value);
    else if (kind === ReplyKind.progress) events.progressed(this, job.ticket, value);
    else if (kind === ReplyKind.call) events.called(this, job.ticket, value as CallMessage);
    else if (kind === ReplyKind.part) events.reported(this, job.ticket, value as ChunkPart);
    else if (kind === ReplyKind.retire) this.#retire = true;
    else {
      if (!this.#mayHavePrinted) {
        this.#mayHavePrinted = true;
        outputMayFollow(this);
      }
      const retire = this.#retire;
      this.#retire = false;
      if (kind === FAILURE) events.threw(this, job.ticket, joinJobStacks(job, value, this.name), retire);
      else events.returned(this, job.ticket, value, retire);
    }
  }

  #started({ task, broken }: { task?: string; broken?: WireError }): void {
    this.#task = task;
    if (task !== undefined) makeNice(Number(task.slice(task.lastIndexOf('/') + 1)), this.#nice);
    if (broken === undefined) this.#events.ready(this);
    else this.#events.initializerFailed(this, broken);
  }

  /** Seen without its `exit` event: its own last words, or, when it could not say any, the lack of its thread. */
  #hasGone(): boolean {
    return this.#channel.exited || (this.#task !== undefined && !existsSync(`/proc/${this.#task}`));
  }

  #leave(loss: Omit<WorkerLoss, 'workerId'>): void {
    if (this.#gone) return;
    this.#gone = true;
    // What it answered before it went was an answer.
    this.#channel.drain(Infinity, Infinity);
    this.#channel.close();
    noOutputFollows(this);
    this.#interrupts?.close();
    this.#replies?.close();
    this.unref();
    this.#events.exit(this, loss);
  }
}
