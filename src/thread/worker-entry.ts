/**
 * What a worker thread runs: takes jobs from shared memory until it is told to stop.
 *
 * A synchronous function is run and its result written to shared memory without a promise or a message in between.
 */
import { readlinkSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { FunctionDefinition } from '../functions/definition.ts';
import { encodeError } from '../transport/error-codec.ts';
import type { ChannelData } from '../transport/protocol.ts';
import { takeTransferList } from '../transport/transfer.ts';
import { LATER, WorkerChannel, type Request, type RequestHandler } from '../transport/worker-channel.ts';
import { CancelFlags } from '../worker/cancel-flags.ts';
import { isThenable } from '../worker/is-thenable.ts';
import { JobRunner } from '../worker/job-runner.ts';
import type { JobKind, WireContext, WorkerSetup } from '../worker/protocol.ts';
import { JobFlag, ReplyKind, RequestKind } from './wire.ts';

/** What `ThreadWorker` puts into `workerData`. */
export interface ThreadWorkerData {
  readonly offloop: { readonly setup: WorkerSetup; readonly channel: ChannelData; readonly flags: Int32Array };
}

class ThreadWorkerLoop implements RequestHandler {
  readonly #setup: WorkerSetup;
  readonly #channel: WorkerChannel;
  readonly #runner: JobRunner;

  constructor({ setup, channel, flags }: ThreadWorkerData['offloop']) {
    this.#setup = setup;
    this.#channel = new WorkerChannel(channel);
    this.#runner = new JobRunner(setup, new CancelFlags(flags), {
      yield: (ticket, value) => this.#emit(ticket, ReplyKind.yield, value),
      progress: (ticket, value) => this.#emit(ticket, ReplyKind.progress, value),
    });
    this.#channel.run(this);
  }

  request(request: Request): unknown {
    switch (request.kind) {
      case RequestKind.init:
        return this.#settleLater(request.ticket, this.#initialize());
      case RequestKind.define:
        this.#runner.define(request.values[0] as FunctionDefinition);
        return undefined;
      case RequestKind.credit:
        this.#runner.credit(request.values[0] as number, request.values[1] as number);
        return undefined;
      case RequestKind.stop:
        this.#channel.close();
        return undefined;
      default:
        return this.#job(request);
    }
  }

  cancel(ticket: number): void {
    this.#runner.cancel(ticket);
  }

  #job({ ticket, kind, target, flags, values }: Request): unknown {
    const name = (flags & JobFlag.name) === 0 ? undefined : (values.pop() as string);
    const context = (flags & JobFlag.context) === 0 ? undefined : (values.pop() as WireContext);
    const captured = (flags & JobFlag.captured) === 0 ? undefined : (values.pop() as unknown[]);
    let result: unknown;
    try {
      result = this.#runner.run(ticket, kind as JobKind, { id: target, captured }, values, name, context);
    } catch (error) {
      this.#end(ticket);
      throw error;
    }
    if (isThenable(result)) return this.#answerLater(ticket, result);
    this.#end(ticket);
    const transferList = takeTransferList([result]);
    if (transferList === undefined) return result;
    this.#channel.settle(ticket, result, transferList);
    return LATER;
  }

  #answerLater(ticket: number, result: PromiseLike<unknown>): typeof LATER {
    result.then(
      (value) => {
        this.#end(ticket);
        this.#channel.settle(ticket, value, takeTransferList([value]));
      },
      (error: unknown) => {
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
    if (this.#runner.end()) this.#channel.emit(ticket, ReplyKind.retire, undefined);
  }

  #emit(ticket: number, kind: number, value: unknown): void {
    this.#channel.emit(ticket, kind, value, takeTransferList([value]));
  }
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
