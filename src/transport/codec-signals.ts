/** Thrown inside the codec when a value cannot be sent; callers turn it into a `SerializationError` with a path. */
export class Unclonable {
  readonly cause: unknown;
  constructor(cause?: unknown) {
    this.cause = cause;
  }
}

/** Thrown to start the message again with whole buffers: two Buffers in it share memory of Node's pool. */
export class SharedPool {}

/** Whether the stack was used up, which a value nested too deeply does; any other `RangeError` is somebody's own. */
export function isOutOfStack(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded';
}
