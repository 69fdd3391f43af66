/** Thrown inside the codec when a value cannot be sent; callers turn it into a `SerializationError` with a path. */
export class Unclonable {
  readonly cause: unknown;
  constructor(cause?: unknown) {
    this.cause = cause;
  }
}

/** Thrown to start the message again with whole buffers: two Buffers in it share memory of Node's pool. */
export class SharedPool {}
