import { readlinkSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { SerializationError } from '../errors.ts';
import { FunctionLoader } from '../functions/loader.ts';
import type { FunctionDefinition } from '../functions/definition.ts';
import { encodeError } from '../transport/error-codec.ts';
import { takeTransferList, type Transferable } from '../transport/transfer.ts';
import { findUnclonable } from '../transport/unclonable.ts';
import type { CancelFlags } from './cancel-flags.ts';
import {
  JobKind,
  type ChunkOutcome,
  type FromWorker,
  type ToWorker,
  type WireContext,
  type WireFunction,
  type WorkerSetup,
} from './protocol.ts';
import { StreamRun } from './stream-run.ts';
import { abortTask, setWorkerState, type WorkerState } from './worker-state.ts';

type Send = (message: FromWorker, transferList?: readonly Transferable[]) => void;
type Callable = (...args: unknown[]) => unknown;

/**
 * The worker's side of a pool: takes jobs, runs them one at a time, answers each exactly once.
 *
 * A synchronous function is run and answered within the message that brought it, without a promise in between.
 */
export class WorkerLoop {
  readonly #setup: WorkerSetup;
  readonly #send: Send;
  readonly #state: WorkerState;
  readonly #loader = new FunctionLoader();
  readonly #definitions = new Map<number, FunctionDefinition>();
  #stream: StreamRun | undefined;
  #running = 0;

  constructor(setup: WorkerSetup, flags: CancelFlags, send: Send) {
    this.#setup = setup;
    this.#send = send;
    this.#state = {
      info: { id: setup.workerId, name: setup.name, executor: setup.executor, task: undefined },
      flags,
      abort: undefined,
      sendProgress: (value) => this.#progress(value),
    };
    setWorkerState(this.#state);
  }

  /** Runs the initializer, then says that it is ready, or that it never will be. */
  async start(): Promise<void> {
    const { initializer, initArgs } = this.#setup;
    try {
      if (initializer !== undefined) {
        const fn = await this.#load(initializer);
        await fn(...initArgs);
      }
    } catch (error) {
      this.#send(['broken', encodeError(error)]);
      return;
    }
    this.#send(['ready', procTask()]);
  }

  /** Acts on a message of the pool; `stop` is for the one who owns the channel. */
  handle(message: ToWorker): void {
    switch (message[0]) {
      case 'job':
        this.#run(message);
        break;
      case 'cancel':
        this.#cancel(message[1]);
        break;
      case 'credit':
        if (message[1] === this.#running) this.#stream?.credit(message[2]);
        break;
      case 'stop':
    }
  }

  #run(message: Extract<ToWorker, readonly ['job', ...unknown[]]>): void {
    const [, ticket, kind, wireFunction, args, name, context] = message;
    this.#running = ticket;
    this.#state.info.task = name;
    this.#state.flags.begin(ticket);
    let result: unknown;
    try {
      const fn = this.#load(wireFunction);
      const apply = (loaded: Callable): unknown => this.#apply(kind, loaded, args, ticket);
      const call = context === undefined ? apply : (loaded: Callable) => inContext(context, () => apply(loaded));
      result = isThenable(fn) ? fn.then(call) : call(fn);
    } catch (error) {
      this.#fail(ticket, error);
      return;
    }
    if (!isThenable(result)) this.#succeed(ticket, result);
    else {
      result.then(
        (value) => this.#succeed(ticket, value),
        (error: unknown) => this.#fail(ticket, error),
      );
    }
  }

  #apply(kind: JobKind, fn: Callable, args: readonly unknown[], ticket: number): unknown {
    if (kind === JobKind.call) return fn(...args);
    if (kind === JobKind.chunk) return runChunk(fn, args);
    this.#stream = new StreamRun((value) => this.#post(['yield', ticket, value], value));
    return this.#stream.run(fn(...args));
  }

  #load(wire: WireFunction): Callable | Promise<Callable> {
    if (wire.definition !== undefined) this.#definitions.set(wire.id, wire.definition);
    const definition = this.#definitions.get(wire.id);
    if (definition === undefined)
      throw new SerializationError('fn', `function ${wire.id} was never sent to this worker`);
    return this.#loader.load(definition, wire.captured) as Callable | Promise<Callable>;
  }

  #succeed(ticket: number, value: unknown): void {
    try {
      this.#post(['result', ticket, value, this.#end()], value);
    } catch (error) {
      this.#send(['error', ticket, encodeError(error), false]);
    }
  }

  #fail(ticket: number, error: unknown): void {
    this.#send(['error', ticket, encodeError(error), this.#end()]);
  }

  /** Sends a message that carries a value of the user; what cannot be sent is an error that says where it sits. */
  #post(message: FromWorker, value: unknown): void {
    try {
      this.#send(message, takeTransferList([value]));
    } catch (cause) {
      const found = findUnclonable(value, 'result');
      if (found === undefined) throw cause;
      throw new SerializationError(found.path, `${found.path} cannot be sent back: ${found.reason}`, { cause });
    }
  }

  #progress(value: unknown): void {
    if (this.#running !== 0) this.#post(['progress', this.#running, value], value);
  }

  #cancel(ticket: number): void {
    if (ticket !== this.#running) return;
    this.#state.flags.request(ticket);
    abortTask(this.#state);
    this.#stream?.credit(-1);
  }

  /** Leaves the job behind; true when this worker should be replaced because its heap has grown too large. */
  #end(): boolean {
    this.#state.flags.end();
    this.#state.info.task = undefined;
    this.#state.abort = undefined;
    this.#stream = undefined;
    this.#running = 0;
    return this.#setup.maxHeap !== undefined && getHeapStatistics().used_heap_size > this.#setup.maxHeap;
  }
}

/** One item after the other; an item that fails leaves its neighbours alone. */
function runChunk(fn: Callable, items: readonly unknown[]): ChunkOutcome[] | Promise<ChunkOutcome[]> {
  const outcomes: ChunkOutcome[] = [];
  for (let index = 0; index < items.length; index++) {
    try {
      const value = fn(items[index]);
      if (isThenable(value)) return finishChunk(fn, items, index, value, outcomes);
      outcomes.push([true, value]);
    } catch (error) {
      outcomes.push([false, encodeError(error)]);
    }
  }
  return outcomes;
}

async function finishChunk(
  fn: Callable,
  items: readonly unknown[],
  from: number,
  first: PromiseLike<unknown>,
  outcomes: ChunkOutcome[],
): Promise<ChunkOutcome[]> {
  for (let index = from; index < items.length; index++) {
    try {
      outcomes.push([true, await (index === from ? first : fn(items[index]))]);
    } catch (error) {
      outcomes.push([false, encodeError(error)]);
    }
  }
  return outcomes;
}

function isThenable<T>(value: unknown): value is PromiseLike<T> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
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

/** Contexts are loaded by the first job that brings one: most programs have none, and a thread should start fast. */
async function inContext(context: WireContext, fn: () => unknown): Promise<unknown> {
  const { runWithContext } = await import('../core/context-var.ts');
  return runWithContext(context, fn);
}
