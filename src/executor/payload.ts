import { areImmutable } from '../core/immutable.ts';
import { SerializationError } from '../errors.ts';
import type { Encoded } from '../transport/codec.ts';
import { takeTransferList, type Transferable } from '../transport/transfer.ts';
import { findUnclonable, serializationError } from '../transport/unclonable.ts';

/** The values that travel with a job: mostly the bare arguments. */
export type Payload = readonly unknown[] | Parcel;

/** Arguments that bring something with them, or that were copied to wait. */
export interface Parcel {
  readonly args: readonly unknown[];
  readonly captured: readonly unknown[] | undefined;
  readonly transferList: readonly Transferable[] | undefined;
  /** Set by a wire that keeps copies in its own form. */
  readonly encoded?: Encoded | undefined;
  /** The values are ours: nobody changes them while they wait. */
  readonly kept: boolean;
}

/** What a job takes with it, as the caller's own objects until it is sent or kept. */
export function payload(args: readonly unknown[], captured: readonly unknown[] | undefined): Payload {
  const transferList = takeTransferList(args);
  if (captured === undefined && transferList === undefined) return args;
  return { args, captured, transferList, kept: false };
}

export function parcel(values: Payload): Parcel {
  return isBare(values) ? { args: values, captured: undefined, transferList: undefined, kept: false } : values;
}

export function isBare(values: Payload): values is readonly unknown[] {
  return Array.isArray(values);
}

/**
 * Whether what the caller does to its objects later can reach these values. A job that has to wait in a queue must be
 * given copies then, and two jobs given the same object must not see each other's changes.
 */
export function mustBeKept(values: Payload): boolean {
  return isBare(values) ? !areImmutable(values) : !values.kept;
}

/** @throws SerializationError for what `transfer()` gives away: it is gone after the first of several workers. */
export function checkStays(args: readonly unknown[]): void {
  const index = args.findIndex((arg) => takeTransferList([arg]) !== undefined);
  if (index === -1) return;
  const path = `args[${index}]`;
  const what = 'is to be moved by transfer(), and what goes to every worker cannot be';
  throw new SerializationError(path, `${path} ${what}. Send it without transfer(): each worker gets a copy.`);
}

/**
 * Whether what was sent can be sent once more: not what could have changed since, or was moved.
 */
export function canBeSentAgain(values: Payload): boolean {
  return !mustBeKept(values) && (isBare(values) || values.encoded?.transfer === undefined);
}

/** @throws SerializationError naming the first thing that cannot travel. */
export function checkClonable(values: readonly unknown[] | undefined, name: string, cause?: unknown): void {
  if (values === undefined || values.length === 0) return;
  if (findUnclonable(values, name) !== undefined) throw serializationError(values, name, cause);
}
