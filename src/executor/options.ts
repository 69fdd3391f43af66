import { availableParallelism } from 'node:os';
import type { ResourceLimits } from 'node:worker_threads';
import { InvalidOptionError, show } from '../errors.ts';
import type { ContextHook } from './context.ts';

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
  /** Most jobs waiting; `submit` beyond it throws `QueueFullError`, `ready()` waits for room. Default: no limit. */
  maxQueue?: number | undefined;
  /** Bytes of heap in use after a task above which its worker is replaced. Default: never. */
  maxHeap?: number | undefined;
  cancelMode?: CancelMode | undefined;
  /** Milliseconds between asking a running task to end and forcing it. Default: 0, or 500 for a task that has looked. */
  graceMs?: number | undefined;
  /** `replace` (default): only the task of a lost worker fails. `break`: as in Python, the whole pool is broken. */
  onWorkerLost?: 'replace' | 'break' | undefined;
  /** True: the pool never keeps the program running, even with work to do. Default false. */
  daemon?: boolean | undefined;
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
  readonly daemon: boolean;
}

type Check = (value: unknown) => string | undefined;

const count =
  (least: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least ? undefined : `an integer of at least ${least}`;
const countOrInfinity =
  (least: number): Check =>
  (value) =>
    value === Infinity || count(least)(value) === undefined
      ? undefined
      : `an integer of at least ${least}, or Infinity`;
const milliseconds: Check = (value) =>
  typeof value === 'number' && value >= 0 ? undefined : 'a number of milliseconds, at least 0';
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value as string) ? undefined : values.map((allowed) => JSON.stringify(allowed)).join(' or ');
const type =
  (name: 'string' | 'function' | 'boolean'): Check =>
  (value) =>
    typeof value === name ? undefined : `a ${name}`;
const plainObject: Check = (value) => (typeof value === 'object' && value !== null ? undefined : 'an object');
const array: Check = (value) => (Array.isArray(value) ? undefined : 'an array');
const strings: Check = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? undefined : 'an array of strings';

const poolChecks: Record<keyof PoolOptions, Check> = {
  maxWorkers: count(1),
  minWorkers: count(0),
  threadNamePrefix: type('string'),
  initializer: type('function'),
  initArgs: array,
  context: (value) => {
    const { capture, run } = (value ?? {}) as Partial<ContextHook>;
    return typeof capture === 'function' && typeof run === 'function'
      ? undefined
      : 'an object with capture() and run()';
  },
  maxTasksPerWorker: countOrInfinity(1),
  idleTimeout: milliseconds,
  maxQueue: countOrInfinity(0),
  maxHeap: (value) => (count(1)(value) === undefined ? undefined : 'a number of bytes, an integer of at least 1'),
  cancelMode: oneOf('terminate', 'interrupt', 'cooperative', 'abandon'),
  graceMs: milliseconds,
  onWorkerLost: oneOf('replace', 'break'),
  daemon: type('boolean'),
  resourceLimits: plainObject,
  env: plainObject,
  execArgv: strings,
};

const submitChecks: Record<string, Check> = {
  signal: (value) => (value instanceof AbortSignal ? undefined : 'an AbortSignal'),
  timeout: milliseconds,
  priority: (value) => (Number.isFinite(value) ? undefined : 'a finite number'),
  name: type('string'),
  key: type('string'),
  retries: count(0),
  onProgress: type('function'),
};

const mapChecks: Record<string, Check> = {
  bufferSize: count(1),
  chunkSize: count(1),
  ordered: type('boolean'),
  timeout: milliseconds,
  signal: submitChecks['signal'] as Check,
};

const shutdownChecks: Record<string, Check> = {
  wait: type('boolean'),
  cancelFutures: type('boolean'),
  timeout: milliseconds,
};

/** The options of a pool, checked and completed. */
export function poolSettings(options: PoolOptions, label: string, defaultMaxWorkers: number): PoolSettings {
  checkOptions(options, poolChecks, label);
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
    daemon: options.daemon ?? false,
  };
}

export function checkSubmitOptions(options: unknown): void {
  checkOptions(options, submitChecks, 'with()');
}

export function checkMapOptions(options: unknown): void {
  checkOptions(options, mapChecks, 'map()');
}

export function checkShutdownOptions(options: unknown): void {
  checkOptions(options, shutdownChecks, 'shutdown()');
}

/** As in Python: threads also serve blocking calls, so there are a few more of them than cores. */
export function defaultMaxThreads(): number {
  return Math.min(32, availableParallelism() + 4);
}

/**
 * Checks each option that is given and refuses those that do not exist: a misspelt option that does nothing is
 * found in production.
 */
function checkOptions(options: unknown, checks: Record<string, Check>, label: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidOptionError(`the options of ${label}`, 'an object', options);
  }
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      throw InvalidOptionError.unknown(name, label, Object.keys(checks), value);
    }
    const expected = value === undefined ? undefined : check(value);
    if (expected !== undefined) throw new InvalidOptionError(name, expected, value);
  }
}

/** The message of a call with something that is not a function where one belongs. */
export function checkFunction(fn: unknown, where: string): asserts fn is (...args: never[]) => unknown {
  if (typeof fn === 'function') return;
  throw new InvalidOptionError('fn', `a function (${where})`, fn instanceof Promise ? show(fn) : fn);
}
