/**
 * The messages between a pool and one of its workers. Tuples, not objects: they are cloned once per job.
 *
 * A worker gets one job at a time (more only as chunks of one `map`), so neither side needs a queue here.
 */
import type { FunctionDefinition } from '../functions/definition.ts';
import type { WireError } from '../transport/error-codec.ts';

/** A function in a message: its definition the first time a worker hears of it, later only the id. */
export interface WireFunction {
  readonly id: number;
  readonly definition?: FunctionDefinition | undefined;
  readonly captured?: readonly unknown[] | undefined;
}

/** What travels with a job from where it was submitted. */
export interface WireContext {
  /** Values of `ContextVar`s, by name. */
  readonly variables?: readonly (readonly [name: string, value: unknown])[] | undefined;
  /** What the pool's context hook captured. */
  readonly carried?: unknown;
}

export const JobKind: { readonly call: 0; readonly chunk: 1; readonly stream: 2 } = { call: 0, chunk: 1, stream: 2 };
export type JobKind = (typeof JobKind)[keyof typeof JobKind];

export type ToWorker =
  | readonly [
      'job',
      ticket: number,
      kind: JobKind,
      fn: WireFunction,
      args: readonly unknown[],
      name: string,
      context: WireContext | undefined,
    ]
  /** The consumer of a stream has room for `count` more values; -1: it wants no more. */
  | readonly ['credit', ticket: number, count: number]
  /** Somebody wants the running job to end. */
  | readonly ['cancel', ticket: number]
  | readonly ['stop'];

export type FromWorker =
  | readonly ['ready']
  | readonly ['broken', error: WireError]
  | readonly ['result', ticket: number, value: unknown, retire: boolean]
  | readonly ['error', ticket: number, error: WireError, retire: boolean]
  | readonly ['yield', ticket: number, value: unknown]
  | readonly ['progress', ticket: number, value: unknown]
  | readonly ['part', ticket: number, part: ChunkPart];

type Failures = readonly (readonly [index: number, error: WireError])[];

/** How items of a chunk ended, those that were not told before: a value for each, and the errors of those without. */
export type ChunkResult = readonly [values: readonly unknown[], failures: Failures];

/** The same while the chunk is being run. Items before `begun` may have been begun, those behind have not. */
export type ChunkPart = readonly [values: readonly unknown[], failures: Failures, begun: number];

/** What a worker is told when it is made. */
export interface WorkerSetup {
  readonly workerId: number;
  readonly name: string;
  readonly executor: string;
  readonly initializer?: WireFunction | undefined;
  readonly initArgs: readonly unknown[];
  /** Called around jobs that carry something the context hook captured. */
  readonly around?: WireFunction | undefined;
  /** Bytes of heap in use after a job above which the worker asks to be replaced. */
  readonly maxHeap?: number | undefined;
}
