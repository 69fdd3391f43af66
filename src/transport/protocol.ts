import type { MessagePort } from 'node:worker_threads';

/** What a worker needs to talk to its parent. Goes into `workerData`, the port into `transferList` too. */
export interface ChannelData {
  readonly block: SharedArrayBuffer;
  readonly doorbell: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** Kinds of replies that the transport itself knows; those from `FIRST_FREE_KIND` to 127 are free to use. */
export const VALUE = 0;
/** The payload is what was thrown. */
export const FAILURE = 1;
export const FIRST_FREE_KIND = 2;

/** Flag of a reply: the last one to its request. */
export const FINAL = 1;

/** Flag of a request: handled even while the worker has as many requests unanswered as it may. */
export const CONTROL = 1;
/** Flag of a request: for the transport itself; makes the worker let go of unused memory. */
export const TRIM = 2;
/** The higher four bits of a request's flags are free to use. */
export const FIRST_FREE_FLAG = 16;

/** What the worker was asked to do. */
export interface Request {
  readonly ticket: number;
  readonly kind: number;
  /** Number of the function. */
  readonly target: number;
  readonly flags: number;
  readonly values: unknown[];
}

/** Returned by a handler whose answer comes later, through `settle` or `fail`, or came already. */
export const LATER: unique symbol = Symbol('later');

export interface RequestHandler {
  /** Handles a request. What it returns is the answer, what it throws the failure; or `LATER`. */
  request(request: Request): unknown;
  /** A request that was begun and is not answered should stop. */
  cancel?(ticket: number): void;
}
