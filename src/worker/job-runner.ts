import { getHeapStatistics } from 'node:v8';
import { SerializationError } from '../errors.ts';
import type { FunctionDefinition, SliceDefinition } from '../functions/definition.ts';
import { FunctionLoader } from '../functions/loader.ts';
import { Callbacks, type CallWire } from './callbacks.ts';
import type { CancelFlags } from './cancel-flags.ts';
import { placeOutside, runWithContext } from '../core/carried-context.ts';
import type { ContextPlace, ContextVariables } from '../core/scope.ts';
import { isThenable } from '../core/thenable.ts';
import { ChunkRun, Pace } from './chunk-run.ts';
import {
  JobKind,
  STREAM_LEAVES,
  type ChunkPart,
  type WireContext,
  type WireFunction,
  type WorkerSetup,
} from './protocol.ts';
import { StreamRun, type StreamWire } from './stream-run.ts';
import { abortTask, setWorkerState, taskCancelled, type WorkerState } from './worker-state.ts';

type Callable = (...args: unknown[]) => unknown;

/** What a running job sends before its answer. */
export interface Emitter extends CallWire {
  yield(ticket: number, value: unknown): void;
  progress(ticket: number, value: unknown): void;
  /** A part of the results of a chunk, or `STREAM_LEAVES`. A promise when it is not on its way yet: resolves when it is. */
  part(ticket: number, part: ChunkPart): Promise<void> | undefined;
}

/** Told when the code of a job is on the stack and may be cut off. */
export interface Guard {
  enter(): void;
  leave(): void;
  /** Calls `run` where its code may be cut off; then the promise stays pending. */
  stage(run: () => unknown): Promise<unknown>;
}

/**
 * Runs jobs in a worker, one at a time, whatever wire brought them. Knows the functions the worker was sent, and keeps
 * what `offloop/worker` shows to a task.
 */
export class JobRunner {
  readonly #maxHeap: number | undefined;
  readonly #emitter: Emitter;
  readonly #guard: Guard | undefined;
  readonly #state: WorkerState;
  readonly #loader = new FunctionLoader();
  readonly #definitions = new Map<number, FunctionDefinition>();
  #callbacks: Callbacks | undefined;
  /** How fast each function is, by its id. */
  readonly #paces = new Map<number, Pace>();
  #stream: StreamRun | undefined;
  #chunk: ChunkRun | undefined;
  /** What the pool's context hook has to be called around a job with. */
  #around: Callable | undefined;
  #running = 0;
  /** Where the running job keeps its context variables, and what was there before. */
  #place: ContextPlace | undefined;
  #variables: ContextVariables | undefined;

  constructor(setup: WorkerSetup, flags: CancelFlags, emitter: Emitter, guard?: Guard) {
    this.#maxHeap = setup.maxHeap;
    this.#emitter = emitter;
    this.#guard = guard;
    this.#state = {
      info: { id: setup.workerId, name: setup.name, executor: setup.executor, task: undefined },
      flags,
      abort: undefined,
      sendProgress: (value) => {
        if (this.#running !== 0) emitter.progress(this.#running, value);
      },
    };
    setWorkerState(this.#state);
    process.once('exit', () => this.#chunk?.lastWords());
  }

  /** Ticket of the job that was begun and has not ended; 0 between jobs. */
  get running(): number {
    return this.#running;
  }

  /** Takes note of a function that jobs will name by its id. */
  define(definition: FunctionDefinition): void {
    if (definition.kind !== 'closure') this.#definitions.set(definition.id, definition);
    else {
      // All closures come with a copy of the text they have in common.
      const slice = (this.#definitions.get(definition.slice.id) ?? definition.slice) as SliceDefinition;
      this.#definitions.set(slice.id, slice).set(definition.id, { ...definition, slice });
    }
  }

  /** Drops functions that no job will name any more. */
  forget(ids: readonly number[]): void {
    for (const id of ids) {
      this.#definitions.delete(id);
      this.#paces.delete(id);
      this.#loader.forget(id);
    }
  }

  /** Functions of the pool's side that jobs are given. */
  get callbacks(): Callbacks {
    return (this.#callbacks ??= new Callbacks(this.#emitter));
  }

  async initialize({ initializer, initArgs, around }: WorkerSetup): Promise<void> {
    if (around !== undefined) this.#around = await this.#loadNow(around);
    if (initializer === undefined) return;
    const fn = await this.#loadNow(initializer);
    await fn(...initArgs);
  }

  /** Starts a job. What it returns, or a promise of that; throws what it throws. `end()` must follow. */
  run(
    ticket: number,
    kind: JobKind,
    fn: Pick<WireFunction, 'id' | 'captured'>,
    args: readonly unknown[],
    name: string | undefined,
    context: WireContext | undefined,
  ): unknown {
    this.#running = ticket;
    this.#state.flags.begin(ticket);
    // Made before the function is there: credit may come while its module is being loaded.
    if (kind === JobKind.stream) this.#openStream(ticket);
    this.#state.info.task = name ?? (this.#definitions.get(fn.id)?.name || '(anonymous)');
    const loaded = this.#load(fn.id, fn.captured);
    const prepared = this.#callbacks?.prepare(ticket);
    if (context === undefined && prepared === undefined && !isThenable(loaded))
      return this.#applyGuarded(kind, fn.id, loaded, args);
    return this.#runLater(kind, fn.id, loaded, args, context, prepared);
  }

  /** Leaves the job with this ticket behind; true when this worker should be replaced because its heap has grown too large. */
  end(ticket: number): boolean {
    this.#callbacks?.end(ticket);
    this.#state.flags.end();
    this.#state.abort = undefined;
    this.#stream = undefined;
    if (this.#place !== undefined) this.#place.variables = this.#variables;
    this.#place = this.#variables = undefined;
    this.#chunk?.stop();
    this.#chunk = undefined;
    this.#running = 0;
    this.#state.info.task = undefined;
    return this.#maxHeap !== undefined && getHeapStatistics().used_heap_size > this.#maxHeap;
  }

  /** The consumer of the running stream has room for `count` more values; -1: it wants no more. */
  credit(ticket: number, count: number): void {
    if (ticket !== this.#running || this.#stream === undefined) return;
    // One that stands at a value ends there. One that waits for something can only be asked.
    if (count < 0 && this.#stream.isProducing) this.cancel(ticket);
    else this.#stream.credit(count);
  }

  /** Somebody wants the running job to end. */
  cancel(ticket: number): void {
    if (ticket !== this.#running) return;
    this.#state.flags.request(ticket);
    abortTask(this.#state);
    this.#stream?.credit(-1);
  }

  #openStream(ticket: number): void {
    this.#stream = new StreamRun(streamWire(this.#emitter, ticket));
    // A task that looks finds the request by itself, however early it came; a generator has to be told.
    if (this.#state.flags.isRequested(ticket)) this.#stream.credit(-1);
  }

  async #runLater(
    kind: JobKind,
    id: number,
    loaded: Callable | Promise<Callable>,
    args: readonly unknown[],
    context: WireContext | undefined,
    prepared: Promise<void> | undefined,
  ): Promise<unknown> {
    const ticket = this.#running;
    const fn = await loaded;
    await prepared;
    // Dropped while it was loaded, and answered for: the stage may be another's by now.
    if (ticket !== this.#running) throw taskCancelled();
    const call = this.#within(context, () => this.#applyGuarded(kind, id, fn, args));
    if (this.#guard === undefined) return call();
    return this.#guard.stage(() => {
      if (ticket !== this.#running) throw taskCancelled();
      return call();
    });
  }

  #within(context: WireContext | undefined, bare: () => unknown): () => unknown {
    const { variables, carried } = context ?? {};
    const around = this.#around;
    const call = carried === undefined || around === undefined ? bare : () => around(carried, bare);
    return variables === undefined ? call : () => runWithContext(variables, call);
  }

  #applyGuarded(kind: JobKind, id: number, fn: Callable, args: readonly unknown[]): unknown {
    if (this.#guard === undefined) return this.#apply(kind, id, fn, args);
    this.#guard.enter();
    try {
      return this.#apply(kind, id, fn, args);
    } finally {
      this.#guard.leave();
    }
  }

  #apply(kind: JobKind, id: number, fn: Callable, args: readonly unknown[]): unknown {
    this.#place = placeOutside();
    this.#variables = this.#place.variables;
    if (kind === JobKind.call) return fn(...args);
    if (kind === JobKind.stream) return this.#stream?.run(fn(...args));
    const ticket = this.#running;
    this.#chunk = new ChunkRun(fn, args, this.#pace(id), (part) => this.#emitter.part(ticket, part));
    return this.#chunk.run();
  }

  #pace(id: number): Pace {
    let pace = this.#paces.get(id);
    if (pace === undefined) this.#paces.set(id, (pace = new Pace()));
    return pace;
  }

  #loadNow({ id, definition, captured }: WireFunction): Callable | Promise<Callable> {
    if (definition !== undefined) this.define(definition);
    return this.#load(id, captured);
  }

  #load(id: number, captured: readonly unknown[] | undefined): Callable | Promise<Callable> {
    const definition = this.#definitions.get(id);
    if (definition === undefined) throw new SerializationError('fn', `function ${id} was never sent to this worker`);
    return this.#loader.load(definition, captured) as Callable | Promise<Callable>;
  }
}

function streamWire(emitter: Emitter, ticket: number): StreamWire {
  return {
    yield: (value) => emitter.yield(ticket, value),
    leaves: () => emitter.part(ticket, STREAM_LEAVES),
  };
}
