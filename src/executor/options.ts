import { availableParallelism } from 'node:os';
import type { ResourceLimits } from 'node:worker_threads';
import {
  aBoolean,
  aCount,
  aFiniteNumber,
  aFunction,
  aLimit,
  anArray,
  anObject,
  aSignal,
  aString,
  checkArgument,
  checkOptions,
  duration,
  oneOf,
  strings,
  type Check,
  type Checks,
} from '../core/options.ts';
import { checkWaitOptions, type WaitOptions } from '../core/wait.ts';
import { InvalidOptionError } from '../errors.ts';
import { show } from '../show.ts';
import type { ContextHook } from './context.ts';
import type { MapOptions, ShutdownOptions, SubmitOptions } from './executor.ts';

/**
 * What happens to a running task that is cancelled:
 * `terminate` ends its worker (a spare takes its place), `interrupt` stops the code that runs and keeps the worker with
 * all it has loaded (threads of the main thread; `finally` blocks do not run; elsewhere as `terminate`), `cooperative`
 * only asks (see `offloop/worker`), `abandon` stops waiting for it; its worker stays taken until it really ends.
 */
export type CancelMode = 'terminate' | 'interrupt' | 'cooperative' | 'abandon';

export interface PoolOptions {
  /** Most workers at a time. Default: for threads `min(32, cores + 4)`, for processes the number of cores. */
  maxWorkers?: number | undefined;
  /** Workers started with the pool and kept when idle. Default 0. */
  minWorkers?: number | undefined;
  /** Workers are called `<prefix>_<n>`. Default: the class name and the number of the pool. */
  threadNamePrefix?: string | undefined;
  /** Runs once in every worker before its first task. If it fails, the pool is broken. */
  // oxlint-disable-next-line typescript/no-explicit-any -- any function may be one
  initializer?: ((...args: any[]) => unknown) | undefined;
  initArgs?: readonly unknown[] | undefined;
  /** Carries context of another library, such as a trace, along with every task. `ContextVar`s need none. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what is carried is between its two functions
  context?: ContextHook<any> | undefined;
  /** Tasks after which a worker is replaced by a new one. Default: never. */
  maxTasksPerWorker?: number | undefined;
  /** Milliseconds after which an idle worker above `minWorkers` leaves. Default 60 000; `Infinity`: never. */
  idleTimeout?: number | undefined;
  /**
   * Most tasks that wait for a worker, those with a `key` and those handed over early included. `submit` beyond it throws
   * `QueueFullError`, `ready()` and `map` wait for room. Default: no limit.
   */
  maxQueue?: number | undefined;
  /** Bytes of heap in use after a task above which its worker is replaced. Default: never. */
  maxHeap?: number | undefined;
  cancelMode?: CancelMode | undefined;
  /** Milliseconds between asking a running task to end and forcing it. Default: 0, or 500 for a task that has looked. */
  graceMs?: number | undefined;
  /** `replace` (default): only the task of a lost worker fails. `break`: as in Python, the whole pool is broken. */
  onWorkerLost?: 'replace' | 'break' | undefined;
  /**
   * How much nicer workers are than the program, 0 to 19: where cores are short its event loop goes first. What a job starts
   * is as nice. Default 10. Threads: on Linux only.
   */
  nice?: number | undefined;
  /** True: the pool never keeps the program running, even with work to do. Default false. */
  daemon?: boolean | undefined;
  /**
   * Limits of V8 for each worker. Threads: V8 often ends the whole program when an allocation at once goes far beyond them;
   * tasks that may run out of memory belong into processes.
   */
  resourceLimits?: ResourceLimits | undefined;
  /** Environment of the workers. Default: a copy of `process.env`. */
  env?: NodeJS.ProcessEnv | undefined;
  /** Node options of the workers. Default: those of this process that a worker takes. */
  execArgv?: readonly string[] | undefined;
}

/** The options with every default filled in. */
export interface PoolSettings extends Omit<PoolOptions, 'graceMs'> {
  readonly maxWorkers: number;
  readonly minWorkers: number;
  readonly threadNamePrefix: string;
  readonly initArgs: readonly unknown[];
  readonly maxTasksPerWorker: number;
  readonly idleTimeout: number;
  readonly maxQueue: number;
  readonly cancelMode: CancelMode;
  readonly graceMs: number | undefined;
  readonly onWorkerLost: 'replace' | 'break';
  readonly nice: number;
  readonly daemon: boolean;
}

const aSize: Check = (value) => (typeof value === 'number' && value > 0 ? undefined : 'a number of megabytes above 0');

const limitChecks: Checks<ResourceLimits> = {
  maxOldGenerationSizeMb: aSize,
  maxYoungGenerationSizeMb: aSize,
  codeRangeSizeMb: aSize,
  stackSizeMb: aSize,
};

const poolChecks: Checks<PoolOptions> = {
  maxWorkers: aCount(1),
  minWorkers: aCount(0),
  threadNamePrefix: aString,
  initializer: aFunction,
  initArgs: anArray,
  context: (value) => {
    const { capture, run } = (value ?? {}) as Partial<ContextHook>;
    return typeof capture === 'function' && typeof run === 'function'
      ? undefined
      : 'an object with capture() and run()';
  },
  maxTasksPerWorker: aLimit(1),
  idleTimeout: duration,
  maxQueue: aLimit(0),
  maxHeap: (value) => (aCount(1)(value) === undefined ? undefined : 'a number of bytes, an integer of at least 1'),
  cancelMode: oneOf('terminate', 'interrupt', 'cooperative', 'abandon'),
  graceMs: duration,
  onWorkerLost: oneOf('replace', 'break'),
  nice: (value) => (aCount(0)(value) === undefined && (value as number) <= 19 ? undefined : 'an integer from 0 to 19'),
  daemon: aBoolean,
  resourceLimits: anObject,
  env: anObject,
  execArgv: strings,
};

const submitChecks: Checks<SubmitOptions> = {
  signal: aSignal,
  timeout: duration,
  priority: aFiniteNumber,
  name: aString,
  key: aString,
  retries: aCount(0),
  onProgress: aFunction,
};

const mapChecks: Checks<MapOptions> = {
  bufferSize: aCount(1),
  chunkSize: aCount(1),
  ordered: aBoolean,
  timeout: duration,
  signal: aSignal,
};

const shutdownChecks: Checks<ShutdownOptions> = {
  wait: aBoolean,
  cancelFutures: aBoolean,
  timeout: duration,
};

/** The options of a pool, checked and completed. */
export function poolSettings(options: PoolOptions, label: string, defaultMaxWorkers: number): PoolSettings {
  checkOptions(options, poolChecks, label);
  // Node takes a misspelt limit for none.
  checkOptions(options.resourceLimits, limitChecks, `resourceLimits of ${label}`);
  const maxWorkers = options.maxWorkers ?? Math.max(defaultMaxWorkers, options.minWorkers ?? 0);
  const minWorkers = options.minWorkers ?? 0;
  if (minWorkers > maxWorkers) {
    throw new InvalidOptionError('minWorkers', `at most maxWorkers (${maxWorkers})`, minWorkers);
  }
  return {
    ...options,
    maxWorkers,
    minWorkers,
    threadNamePrefix: options.threadNamePrefix ?? '',
    initArgs: options.initArgs ?? [],
    maxTasksPerWorker: options.maxTasksPerWorker ?? Infinity,
    idleTimeout: options.idleTimeout ?? 60_000,
    maxQueue: options.maxQueue ?? Infinity,
    cancelMode: options.cancelMode ?? 'terminate',
    graceMs: options.graceMs,
    onWorkerLost: options.onWorkerLost ?? 'replace',
    nice: options.nice ?? 10,
    daemon: options.daemon ?? false,
  };
}

export function checkSubmitOptions(options: SubmitOptions): void {
  // Without any there is nothing to make a view for.
  if (options === undefined) checkArgument('options', options, anObject);
  checkOptions(options, submitChecks, 'pool.with()');
}

export function checkMapOptions(options: MapOptions): void {
  checkOptions(options, mapChecks, 'pool.map()');
}

export function checkReadyOptions(options: WaitOptions): void {
  checkWaitOptions(options, 'pool.ready()');
}

export function checkShutdownOptions(options: ShutdownOptions): void {
  checkOptions(options, shutdownChecks, 'pool.shutdown()');
}

/** As in Python: threads also serve blocking calls, so there are a few more of them than cores. */
export function defaultMaxThreads(): number {
  return Math.min(32, availableParallelism() + 4);
}

/** The message of a call with something that is not a function where one belongs. */
export function checkFunction(fn: unknown, where: string): asserts fn is (...args: never[]) => unknown {
  if (typeof fn === 'function') return;
  throw new InvalidOptionError('fn', `a function (${where})`, fn instanceof Promise ? show(fn) : fn);
}
