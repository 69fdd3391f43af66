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

/** Values of `ContextVar`s that travel with a job, by name. */
export type WireContext = readonly (readonly [name: string, value: unknown])[];

export const JobKind: { readonly call: 0; readonly chunk: 1; readonly stream: 2 } = { call: 0, chunk: 1, stream: 2 };
export type JobKind = (typeof JobKind)[keyof typeof JobKind];

/** What stands behind a job's arguments, in this order. */
export const JobFlag: { readonly captured: number; readonly context: number; readonly name: number } = {
  captured: FIRST_FREE_FLAG,
  context: FIRST_FREE_FLAG * 2,
  name: FIRST_FREE_FLAG * 4,
};

/** How the items of a chunk ended: a value for each, and the errors of those that have none. */
export type ChunkResult = readonly [
  values: readonly unknown[],
  failures: readonly (readonly [index: number, error: WireError])[],
];

/** What a worker is told when it is made. */
export interface WorkerSetup {
  readonly workerId: number;
  readonly name: string;
  readonly executor: string;
  readonly initializer?: WireFunction | undefined;
  readonly initArgs: readonly unknown[];
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
