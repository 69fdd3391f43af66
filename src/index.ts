export {
  BrokenBarrierError,
  BrokenExecutorError,
  CancelledError,
  CaptureError,
  ExecutorShutDownError,
  InvalidOptionError,
  InvalidStateError,
  OffloopError,
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
  RemoteError,
  SerializationError,
  TimeoutError,
  WorkerLostError,
} from './errors.ts';
export type { CancelSource, WorkerLoss } from './errors.ts';
export { Future } from './core/future.ts';
export type { FutureState, WaitOptions } from './core/future.ts';
export type { Executor, ExecutorStatistics, MapOptions, ShutdownOptions, SubmitOptions } from './executor/executor.ts';
export { ThreadPoolExecutor } from './thread/thread-pool-executor.ts';
export { transfer } from './transport/transfer.ts';
export type { Json, MapContext, MapHandler, MapInput, MapOutput, MapOutputs } from './cli/handler.ts';
