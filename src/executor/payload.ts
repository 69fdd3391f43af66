import { SerializationError } from '../errors.ts';
import { takeTransferList, type Transferable } from '../transport/transfer.ts';
import { findUnclonable } from '../transport/unclonable.ts';

/** The values that travel with a job. */
export interface Payload {
  readonly args: readonly unknown[];
  readonly captured: readonly unknown[] | undefined;
  readonly transferList: readonly Transferable[] | undefined;
}

/**
 * Copies what a job takes with it, now: what the caller does to its objects afterwards must not reach a job that still
 * waits in the queue, and two jobs given the same object must not see each other's changes.
 *
 * @throws SerializationError naming the first thing that cannot travel.
 */
export function payload(args: readonly unknown[], captured: readonly unknown[] | undefined): Payload {
  if (args.every(isImmutable) && (captured === undefined || captured.every(isImmutable))) {
    return { args, captured, transferList: undefined };
  }
  const transferList = takeTransferList(args);
  try {
    const list = (transferList ?? []) as ArrayBuffer[];
    const copy = structuredClone({ args, captured, transferList }, { transfer: list });
    return copy;
  } catch (cause) {
    const found = findUnclonable(args, 'args') ?? findUnclonable(captured, 'captured variables');
    if (found === undefined) throw cause;
    throw new SerializationError(found.path, `${found.path} cannot be sent: ${found.reason}`, { cause });
  }
}

function isImmutable(value: unknown): boolean {
  return (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') || value === null;
}
