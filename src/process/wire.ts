import { deserialize, serialize } from 'node:v8';
import type { WireError } from '../transport/error-codec.ts';
import type { FromWorker, ToWorker, WorkerSetup } from '../worker/protocol.ts';

/** Messages to a child: those to any worker, and what only a process needs. */
export type ToProcess =
  | ToWorker
  /** The first message. */
  | readonly ['setup', WorkerSetup]
  /** Whether an interrupt from the terminal is for the parent to handle. */
  | readonly ['shield', boolean];

/** Messages from a child. */
export type FromProcess =
  | FromWorker
  /** The job has looked whether it should end: it may want time to do so. */
  | readonly ['looked', ticket: number]
  /** An error outside of a task is about to end the process. */
  | readonly ['dying', error: WireError];

/** The bytes of a message. Throws what V8 throws for a value that cannot be sent. */
export function encodeMessage(message: ToProcess | FromProcess): Buffer {
  return serialize(message);
}

export function decodeMessage(body: Buffer): unknown {
  return deserialize(body);
}
