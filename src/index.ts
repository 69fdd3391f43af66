import './thread/default-executor.ts';

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
export { asCompleted } from './core/as-completed.ts';
export type { AsCompletedOptions, FutureIterable, FutureIterator } from './core/as-completed.ts';
export { captureCallGraph, formatCallGraph } from './core/call-graph.ts';
export type { CallGraph } from './core/call-graph.ts';
export { ContextVar } from './core/context-var.ts';
export type { ContextToken, ContextVarOptions } from './core/context-var.ts';
export { allTasks, createTask } from './core/create-task.ts';
export { ensureFuture } from './core/ensure-future.ts';
export type { Joinable } from './core/ensure-future.ts';
export type { ExceptionContext } from './core/exception-handler.ts';
export { Future } from './core/future.ts';
export type { FutureState, ResultSyncOptions } from './core/future.ts';
export { gather } from './core/gather.ts';
export type { GatherOptions } from './core/gather.ts';
export { getRunningLoop, Loop } from './core/loop.ts';
export type {
  ExceptionHandler,
  Handle,
  LoopOptions,
  ShutdownDefaultExecutorOptions,
  TimerHandle,
} from './core/loop.ts';
export { runInExecutor, toThread } from './core/run-in-executor.ts';
export { run, Runner } from './core/runner.ts';
export type { RunOptions } from './core/runner.ts';
export { shield } from './core/shield.ts';
export type { ShieldOptions } from './core/shield.ts';
export { cancellable, currentSignal, isCancellation } from './core/signal.ts';
export { sleep } from './core/sleep.ts';
export type { SleepOptions } from './core/sleep.ts';
export { suppressedErrors } from './core/suppressed-errors.ts';
export { taskGroup } from './core/task-group.ts';
export type { GroupTaskOptions, TaskGroup, TaskGroupOptions } from './core/task-group.ts';
export { currentTask, Task } from './core/task.ts';
export type { GetStackOptions, TaskFunction, TaskOptions } from './core/task.ts';
export { moveOnAfter, timeout, Timeout, timeoutAt } from './core/timeout.ts';
export { waitFor } from './core/wait-for.ts';
export type { WaitForOptions } from './core/wait-for.ts';
export { wait } from './core/wait-futures.ts';
export type { ReturnWhen, WaitForFuturesOptions, WaitResult } from './core/wait-futures.ts';
export type { WaitOptions } from './core/wait.ts';
export { callback } from './executor/callback.ts';
export type { Callback } from './executor/callback.ts';
export type { Executor, ExecutorStatistics, MapOptions, ShutdownOptions, SubmitOptions } from './executor/executor.ts';
export type { ContextHook } from './executor/context.ts';
export type { CancelMode, PoolOptions } from './executor/options.ts';
export { task } from './functions/task.ts';
export { ProcessPoolExecutor } from './process/process-pool-executor.ts';
export { ThreadPoolExecutor } from './thread/thread-pool-executor.ts';
export { transfer } from './transport/transfer.ts';
export type { Json, MapContext, MapHandler, MapInput, MapOutput, MapOutputs } from './cli/handler.ts';
export { Barrier } from './sync/barrier.ts';
export type { BarrierStatistics } from './sync/barrier.ts';
export { CapacityLimiter } from './sync/capacity-limiter.ts';
export type { CapacityStatistics } from './sync/capacity-limiter.ts';
export { Condition } from './sync/condition.ts';
export type { ConditionStatistics } from './sync/condition.ts';
export { Event } from './sync/event.ts';
export type { EventStatistics } from './sync/event.ts';
export type { Guard } from './sync/guard.ts';
export { LifoQueue } from './sync/lifo-queue.ts';
export { Lock } from './sync/lock.ts';
export type { PermitStatistics } from './sync/permits.ts';
export { PriorityQueue } from './sync/priority-queue.ts';
export type { PriorityQueueOptions } from './sync/priority-queue.ts';
export { Queue } from './sync/queue.ts';
export type { QueueOptions, QueueShutdownOptions, QueueStatistics } from './sync/queue.ts';
export { BoundedSemaphore, Semaphore } from './sync/semaphore.ts';
