/** What a pool and its workers say to each other, whatever wire lies between. */
import type { FunctionDefinition } from '../functions/definition.ts';
import type { WireError } from '../transport/error-codec.ts';
import { FIRST_FREE_FLAG } from '../transport/protocol.ts';

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

/** What stands behind a job's arguments, in this order. */
export const JobFlag: { readonly captured: number; readonly context: number; readonly name: number } = {
  captured: FIRST_FREE_FLAG,
  context: FIRST_FREE_FLAG * 2,
  name: FIRST_FREE_FLAG * 4,
};

type Failures = readonly (readonly [index: number, error: WireError])[];

/** How items of a chunk ended, those that were not told before: a value for each, and the errors of those without. */
export type ChunkResult = readonly [values: readonly unknown[], failures: Failures];

/** The same while the chunk is being run. Items before `begun` may have been begun, those behind have not. */
export type ChunkPart = readonly [values: readonly unknown[], failures: Failures, begun: number];

/** Said by a stream whose consumer wants no more: the generator stands at a value, and cleans up now. */
export const STREAM_LEAVES: ChunkPart = [[], [], 0];

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

/** A call of a function of the submitting side, or the end of one. */
export type CallMessage =
  | readonly [id: number, place: number, args: readonly unknown[]]
  /** `place` is -1: nobody waits for this call any more. */
  | readonly [id: number, place: -1, reason: unknown];

/** How a call ended over there. */
export const CallOutcome: { readonly value: 0; readonly error: 1; readonly cancelled: 2 } = {
  value: 0,
  error: 1,
  cancelled: 2,
};
export type CallOutcome = (typeof CallOutcome)[keyof typeof CallOutcome];
