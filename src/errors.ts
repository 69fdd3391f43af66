import { show } from './show.ts';

/**
 * Every error the library throws. `code` is the contract, `message` is for people.
 *
 * Identity goes by brand, not by prototype, so that an error made by one copy of the package is an
 * `instanceof` the same class of another copy (two versions in one tree, a bundle beside its source).
 */

const BRANDS = Symbol.for('offloop.error.brands');

/** Where a cancellation came from. */
export type CancelSource = 'explicit' | 'deadline' | 'sibling' | 'parent' | 'shutdown' | 'signal';

/** Base class of every error thrown by offloop. `code` is stable, `message` is not. */
export class OffloopError extends Error {
  static readonly brand: string = 'OffloopError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    Object.defineProperty(this, 'name', { value: new.target.brand, configurable: true, writable: true });
    Object.defineProperty(this, BRANDS, { value: brandsOf(new.target) });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
    if (!Object.hasOwn(this, 'brand') || typeof value !== 'object' || value === null) return false;
    const brands = (value as { [BRANDS]?: readonly string[] })[BRANDS];
    return brands?.includes(this.brand) ?? false;
  }
}

function brandsOf(type: typeof OffloopError): readonly string[] {
  const brands: string[] = [];
  for (let current: typeof OffloopError | null = type; current?.brand; current = Object.getPrototypeOf(current)) {
    if (Object.hasOwn(current, 'brand')) brands.push(current.brand);
  }
  return brands;
}

/** The work, or the wait for it, was cancelled. Carries who cancelled it and why. */
export class CancelledError extends OffloopError {
  static override readonly brand: string = 'CancelledError';
  /** What was passed to `cancel(reason)` or `controller.abort(reason)`. */
  readonly reason: unknown;
  readonly source: CancelSource;

  constructor(reason?: unknown, source: CancelSource = 'explicit') {
    super('ERR_OFFLOOP_CANCELLED', cancelMessage(reason), reason instanceof Error ? { cause: reason } : undefined);
    this.reason = reason;
    this.source = source;
  }
}

function cancelMessage(reason: unknown): string {
  if (reason === undefined) return 'Cancelled';
  return typeof reason === 'string' ? reason : `Cancelled: ${reason instanceof Error ? reason.message : show(reason)}`;
}

/** A deadline given in milliseconds passed before the awaited thing happened. */
export class TimeoutError extends OffloopError {
  static override readonly brand: string = 'TimeoutError';
  constructor(message = 'The operation timed out', options?: ErrorOptions) {
    super('ERR_OFFLOOP_TIMEOUT', message, options);
  }
}

/** A future was asked for something its state does not allow, such as a second result. */
export class InvalidStateError extends OffloopError {
  static override readonly brand: string = 'InvalidStateError';
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_OFFLOOP_INVALID_STATE', message, options);
  }
}

/** An option or argument has a value it cannot have. The message names it, what was expected and what came. */
export class InvalidOptionError extends OffloopError {
  static override readonly brand: string = 'InvalidOptionError';
  readonly option: string;
  constructor(option: string, expected: string, received: unknown, options?: ErrorOptions & { message?: string }) {
    const message = options?.message ?? `${option} must be ${expected}; received ${show(received)}`;
    super('ERR_OFFLOOP_INVALID_OPTION', message, options);
    this.option = option;
  }
}

/** A function uses something that cannot travel to another thread. The message names it and the ways out. */
export class CaptureError extends OffloopError {
  static override readonly brand: string = 'CaptureError';
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_OFFLOOP_CAPTURE', message, options);
  }
}

/** A value cannot be sent to a worker or back. `path` says where in the arguments or the result it sits. */
export class SerializationError extends OffloopError {
  static override readonly brand: string = 'SerializationError';
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super('ERR_OFFLOOP_SERIALIZATION', message, options);
    this.path = path;
  }
}

/** Work was submitted to an executor after `shutdown()` or `terminate()`. */
export class ExecutorShutDownError extends OffloopError {
  static override readonly brand: string = 'ExecutorShutDownError';
  constructor(message = 'cannot schedule new futures after shutdown', options?: ErrorOptions) {
    super('ERR_OFFLOOP_EXECUTOR_SHUT_DOWN', message, options);
  }
}

/** `putNowait()` on a full queue, or `submit()` on an executor whose `maxQueue` is reached. */
export class QueueFullError extends OffloopError {
  static override readonly brand: string = 'QueueFullError';
  constructor(message = 'The queue is full', options?: ErrorOptions) {
    super('ERR_OFFLOOP_QUEUE_FULL', message, options);
  }
}

/** `getNowait()` on an empty queue. */
export class QueueEmptyError extends OffloopError {
  static override readonly brand: string = 'QueueEmptyError';
  constructor(message = 'The queue is empty', options?: ErrorOptions) {
    super('ERR_OFFLOOP_QUEUE_EMPTY', message, options);
  }
}

/** `put()` or `get()` on a queue after its `shutdown()`. */
export class QueueShutDownError extends OffloopError {
  static override readonly brand: string = 'QueueShutDownError';
  constructor(message = 'The queue is shut down', options?: ErrorOptions) {
    super('ERR_OFFLOOP_QUEUE_SHUT_DOWN', message, options);
  }
}

/** What is known about a lost worker. */
export interface WorkerLoss {
  readonly workerId: number;
  readonly exitCode?: number | undefined;
  readonly signal?: NodeJS.Signals | undefined;
  readonly taskName?: string | undefined;
  readonly cause?: unknown;
}

/** The worker that ran this task exited, crashed, ran out of heap or was killed. Only its own task fails. */
export class WorkerLostError extends OffloopError {
  static override readonly brand: string = 'WorkerLostError';
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly workerId: number;
  readonly taskName: string | undefined;

  constructor(message: string, loss: WorkerLoss) {
    super('ERR_OFFLOOP_WORKER_LOST', message, loss.cause === undefined ? undefined : { cause: loss.cause });
    this.exitCode = loss.exitCode;
    this.signal = loss.signal;
    this.workerId = loss.workerId;
    this.taskName = loss.taskName;
  }
}

/** The executor can no longer run anything: its initializer failed, or its workers cannot be started. */
export class BrokenExecutorError extends OffloopError {
  static override readonly brand: string = 'BrokenExecutorError';
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_OFFLOOP_BROKEN_EXECUTOR', message, options);
  }
}

/** A barrier was aborted or reset while parties waited for it. */
export class BrokenBarrierError extends OffloopError {
  static override readonly brand: string = 'BrokenBarrierError';
  constructor(message = 'The barrier is broken', options?: ErrorOptions) {
    super('ERR_OFFLOOP_BROKEN_BARRIER', message, options);
  }
}

/** Something that is not an `Error` was thrown in another thread, process or machine, or its class is unknown here. */
export class RemoteError extends OffloopError {
  static override readonly brand: string = 'RemoteError';
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_OFFLOOP_REMOTE', message, options);
  }
}
