/**
 * What a worker thread runs: takes jobs from shared memory until it is told to stop.
 *
 * A synchronous function is run and its result written to shared memory without a promise or a message in between.
 */
import { readlinkSync } from 'node:fs';
import { workerData, type MessagePort } from 'node:worker_threads';
import type { FunctionDefinition } from '../functions/definition.ts';
import { encodeError } from '../transport/error-codec.ts';
import { LATER, type ChannelData, type Request, type RequestHandler } from '../transport/protocol.ts';
import { takeTransferList } from '../transport/transfer.ts';
import { serializationError } from '../transport/unclonable.ts';
import { WorkerChannel } from '../transport/worker-channel.ts';
import type { CallMessage, ChunkPart } from '../worker/protocol.ts';
import { CancelFlags } from '../worker/cancel-flags.ts';
import { promiseOf } from '../core/thenable.ts';
import { JobRunner } from '../worker/job-runner.ts';
import { JobFlag, type JobKind, type WireContext, type WorkerSetup } from '../worker/protocol.ts';
import { taskCancelled } from '../worker/worker-state.ts';
import { ReplyPort, type RepliesData } from './call-replies.ts';
import { offerCutPoints } from './cut-point.ts';
import { keepCutsOutOfAsyncScopes, listenForInterrupts, Stage, stageGuard } from './stage.ts';
import { ReplyKind, RequestKind } from './wire.ts';
import { setTimeout } from '../transport/own-timers.ts';

/** What a task left open (a timer, a server) may keep a thread that was told to stop for this long. */
const STOP_GRACE_MS = 500;
/** How often a thread that blocks looks whether the parent has made room for what it has to say. */
const BACKLOG_LOOK_MS = 1;
/** Taken before any task can put something else in its place. */
const exit = process.exit.bind(process);

/** What `ThreadWorker` puts into `workerData`. */
export interface ThreadWorkerData {
  readonly offloop: {
    readonly setup: WorkerSetup;
    readonly channel: ChannelData;
    readonly flags: Int32Array;
    /** Where interruptions are announced, in pools that have them. */
    readonly interrupts: MessagePort | undefined;
  };
}

class ThreadWorkerLoop implements RequestHandler {
  readonly #setup: WorkerSetup;
  readonly #channel: WorkerChannel;
  readonly #runner: JobRunner;
  /** Where jobs are run whose code may be cut off. */
  readonly #stage: Stage | undefined;
  #replies: ReplyPort | undefined;

  constructor({ setup, channel, flags: words, interrupts }: ThreadWorkerData['offloop']) {
    this.#setup = setup;
    this.#channel = new WorkerChannel(channel, undefined, (place, name) =>
      this.#runner.callbacks.make(this.#channel.current, place, name),
    );
    const flags = new CancelFlags(words);
    const emitter = {
      yield: (ticket: number, value: unknown) => this.#emit(ticket, ReplyKind.yield, value),
      progress: (ticket: number, value: unknown) => this.#emit(ticket, ReplyKind.progress, value),
      call: (ticket: number, message: CallMessage) => this.#emitCall(ticket, message),
      waitReply: (timeout: number) => this.#waitReply(timeout),
      part: (ticket: number, part: ChunkPart) => {
        this.#emit(ticket, ReplyKind.part, part);
        return this.#channel.backlog === 0 ? undefined : this.#whenSent();
      },
    };
    if (interrupts === undefined) this.#runner = new JobRunner(setup, flags, emitter);
    else {
      this.#stage = new Stage();
      this.#runner = new JobRunner(setup, flags, emitter, stageGuard(this.#stage, flags));
      const drop = (ticket: number): void => this.#drop(ticket);
      keepCutsOutOfAsyncScopes(flags);
      offerCutPoints(flags, interrupts);
      listenForInterrupts(interrupts, this.#stage, drop);
    }
    this.#channel.run(this);
  }

  request(request: Request): unknown {
    switch (request.kind) {
      case RequestKind.init:
        return this.#settleLater(request.ticket, this.#initialize());
      case RequestKind.define:
        this.#runner.define(request.values[0] as FunctionDefinition);
        return undefined;
      case RequestKind.forget:
        this.#runner.forget(request.values as number[]);
        return undefined;
      case RequestKind.credit:
        this.#credit(request.values[0] as number, request.values[1] as number);
        return undefined;
      case RequestKind.replies:
        this.#replies = new ReplyPort(request.values[0] as RepliesData, this.#runner.callbacks);
        return undefined;
      case RequestKind.flush:
        return this.#settleLater(request.ticket, outputTaken());
      case RequestKind.stop:
        this.#stop();
        return undefined;
      default:
        if (this.#stage === undefined) return this.#job(request);
        this.#stage.enter(request.ticket, () => this.#runLater(request));
        return LATER;
    }
  }

  cancel(ticket: number): void {
    this.#runner.cancel(ticket);
  }

  #credit(ticket: number, count: number): void {
    const tell = (): void => this.#runner.credit(ticket, count);
    if (!this.#stage?.defer(ticket, tell)) tell();
  }

  #job({ ticket, kind, target, flags, values }: Request): unknown {
    const name = (flags & JobFlag.name) === 0 ? undefined : (values.pop() as string);
    const context = (flags & JobFlag.context) === 0 ? undefined : (values.pop() as WireContext);
    const captured = (flags & JobFlag.captured) === 0 ? undefined : (values.pop() as unknown[]);
    let result: unknown;
    let promise: Promise<unknown> | undefined;
    try {
      result = this.#runner.run(ticket, kind as JobKind, { id: target, captured }, values, name, context);
      promise = promiseOf(result);
    } catch (error) {
      this.#end(ticket);
      throw error;
    }
    if (promise !== undefined) return this.#answerLater(ticket, promise);
    this.#end(ticket);
    const transferList = takeTransferList([result]);
    if (transferList === undefined) return result;
    this.#channel.settle(ticket, result, transferList);
    return LATER;
  }

  #runLater(request: Request): void {
    const { ticket } = request;
    try {
      const result = this.#job(request);
      if (result !== LATER) this.#channel.settle(ticket, result);
    } catch (error) {
      this.#channel.fail(ticket, error);
    }
  }

  /** Answers for a job that was cut off, or that waits for something and is not to wait any longer. */
  #drop(ticket: number): void {
    if (ticket !== this.#runner.running && !this.#stage?.forget(ticket)) return;
    this.#end(ticket);
    this.#channel.fail(ticket, taskCancelled());
  }

  #answerLater(ticket: number, result: Promise<unknown>): typeof LATER {
    // A job that was dropped may go on in its promises, but it has been answered for.
    void result.then(
      (value) => {
        if (ticket !== this.#runner.running) return;
        this.#end(ticket);
        this.#channel.settle(ticket, value, takeTransferList([value]));
      },
      (error: unknown) => {
        if (ticket !== this.#runner.running) return;
        this.#end(ticket);
        this.#channel.fail(ticket, error);
      },
    );
    return LATER;
  }

  #settleLater(ticket: number, result: Promise<unknown>): typeof LATER {
    void result.then((value) => this.#channel.settle(ticket, value));
    return LATER;
  }

  /** Nothing more will come. The thread ends by itself unless a task has left something open. */
  #stop(): void {
    this.#channel.close();
    setTimeout(() => exit(0), STOP_GRACE_MS).unref();
  }

  /** The answer to `init`: where `/proc` tells about this thread, or the error of the initializer. */
  async #initialize(): Promise<unknown> {
    try {
      await this.#runner.initialize(this.#setup);
    } catch (error) {
      return { broken: encodeError(error) };
    }
    return { task: procTask() };
  }

  #end(ticket: number): void {
    if (this.#runner.end(ticket)) this.#channel.emit(ticket, ReplyKind.retire, undefined);
  }

  #emitCall(ticket: number, message: CallMessage): void {
    const [, place, args] = message;
    const transferList = place === -1 ? undefined : takeTransferList(args as readonly unknown[]);
    try {
      this.#channel.emit(ticket, ReplyKind.call, message, transferList);
    } catch (error) {
      throw serializationError(args, 'args', error, transferList);
    }
  }

  /** What waits for room in the ring goes out as the parent reads: nobody else is there to send it. */
  #waitReply(timeout: number): void {
    const backlog = this.#channel.backlog > 0;
    if (backlog) this.#channel.flush();
    this.#replies?.wait(backlog ? Math.min(timeout, BACKLOG_LOOK_MS) : timeout);
  }

  #emit(ticket: number, kind: number, value: unknown): void {
    this.#channel.emit(ticket, kind, value, takeTransferList([value]));
  }

  /** Everything is in shared memory. It is the pool that makes room, when it reads. */
  async #whenSent(): Promise<void> {
    while (this.#channel.backlog > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** The streams call back when what was written before has been taken by the other side. */
async function outputTaken(): Promise<void> {
  const taken = (stream: NodeJS.WriteStream): Promise<void> =>
    new Promise((resolve) => {
      stream.write('', () => resolve());
    });
  await Promise.all([taken(process.stdout), taken(process.stderr)]);
}

/** `<pid>/task/<tid>` of this thread, where there is a `/proc`. */
function procTask(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return readlinkSync('/proc/thread-self');
  } catch {
    // No /proc here: the pool does without.
    return undefined;
  }
}

// oxlint-disable-next-line no-new -- it lives as long as its channel
new ThreadWorkerLoop((workerData as ThreadWorkerData).offloop);
