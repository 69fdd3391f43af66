import { InvalidStateError } from '../errors.ts';
import type { Future } from './future.ts';

/** What the loop needs of an executor. Every `Executor` has it. */
export interface LoopExecutor {
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>>;
  shutdown(options?: { wait?: boolean; cancelFutures?: boolean; timeout?: number }): Promise<void>;
}

let create: (() => LoopExecutor) | undefined;

/** For the thread pool, which sits above this layer: how a loop makes its default executor. */
export function registerDefaultExecutor(factory: () => LoopExecutor): void {
  create = factory;
}

export function makeDefaultExecutor(): LoopExecutor {
  if (create === undefined) {
    throw new InvalidStateError("There is no default executor: import 'offloop', or call loop.setDefaultExecutor()");
  }
  return create();
}

export function isLoopExecutor(value: unknown): value is LoopExecutor {
  const executor = value as Partial<LoopExecutor> | null | undefined;
  return typeof executor?.submit === 'function' && typeof executor.shutdown === 'function';
}
