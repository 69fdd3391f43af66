import type {
  Executor,
  MapOptions,
  PoolOptions,
  ResultSyncOptions,
  ShutdownOptions,
  SubmitOptions,
  WaitOptions,
} from 'offloop';
import type { ResourceLimits } from 'node:worker_threads';
import { DURATION, LIMITS, SIGNAL } from './entries.ts';
import { entry, type Bad, type Entry } from './refusals.ts';

const BOOLEAN = [/ true or false; /, 'yes', 0, 1, null] as const;
const INTEGER = [/ an integer of at least /, -1, 1.5, '4', true, Number.NaN, Infinity, null, {}] as const;
const STRING = [/ a string; /, 5, {}, null, true] as const;
const FUNCTION = [/ a function; /, 'initialise', 5, {}, null, true] as const;

const POOL: Bad<PoolOptions> = {
  maxWorkers: [...INTEGER, 0],
  minWorkers: INTEGER,
  threadNamePrefix: STRING,
  initializer: FUNCTION,
  initArgs: [/ an array; /, 'a', 5, { 0: 'a', length: 1 }, null],
  context: [/ capture\(\) and run\(\)/, null, 5, {}, { capture: () => {} }],
  maxTasksPerWorker: [/ an integer of at least 1, or Infinity; /, 0, -1, 2.5, '3', Number.NaN],
  idleTimeout: DURATION,
  maxQueue: [/ an integer of at least 0, or Infinity; /, -1, 1.5, '10', Number.NaN, true],
  maxHeap: [/ a number of bytes, an integer of at least 1; /, 0, -1, '100', Number.NaN, Infinity],
  cancelMode: [/'terminate', 'interrupt', 'cooperative' or 'abandon'/, 'kill', 1, true, '', null],
  graceMs: DURATION,
  onWorkerLost: [/'replace' or 'break'/, 'retry', 1, true],
  nice: [/ an integer from 0 to 19; /, -1, 20, 1.5, '5', Number.NaN, null, true],
  daemon: BOOLEAN,
  resourceLimits: [/ an object; /, 5, 'big', null],
  env: [/ an object; /, 5, 'PATH=/', null, true],
  execArgv: [/ an array of strings; /, '--expose-gc', 5, [1], null],
};

const SUBMIT: Bad<SubmitOptions> = {
  signal: SIGNAL,
  timeout: DURATION,
  priority: [/ a finite number; /, 'high', Number.NaN, Infinity, {}, true],
  key: STRING,
  name: STRING,
  retries: INTEGER,
  onProgress: FUNCTION,
};

const MAP: Bad<MapOptions> = {
  bufferSize: [...INTEGER, 0],
  chunkSize: [...INTEGER, 0],
  ordered: BOOLEAN,
  timeout: DURATION,
  signal: SIGNAL,
};

const SHUTDOWN: Bad<ShutdownOptions> = { wait: BOOLEAN, cancelFutures: BOOLEAN, timeout: DURATION };

/** The constructor of one kind of pool. */
export function constructorEntry(name: string, open: (options: PoolOptions) => unknown): Entry {
  return entry(`new ${name}`, name, open, POOL);
}

/** The limits of one kind of pool, options of their own. */
export function limitsEntry(name: string, open: (options: PoolOptions) => unknown): Entry {
  const size = [/ a number of megabytes above 0; /, 0, -1, '64', Number.NaN, null, true] as const;
  return entry(
    `new ${name}`,
    `resourceLimits of ${name}`,
    (resourceLimits: ResourceLimits) => open({ resourceLimits }),
    {
      maxOldGenerationSizeMb: size,
      maxYoungGenerationSizeMb: size,
      codeRangeSizeMb: size,
      stackSizeMb: size,
    },
  );
}

/** The methods of an executor, or of a view on one. */
export function methodEntries(executor: Executor): readonly Entry[] {
  return [
    entry(
      'Executor.map',
      'pool.map()',
      (options: MapOptions) => executor.map((x: number) => x, [1], options).return?.(),
      MAP,
    ),
    entry(
      'Executor.with',
      'pool.with()',
      (options: SubmitOptions) => executor.with(options === undefined ? {} : options),
      SUBMIT,
    ),
    entry('Executor.ready', 'pool.ready()', (options: WaitOptions) => executor.ready(options), LIMITS),
    entry(
      'Future.resultSync',
      'future.resultSync()',
      (options: ResultSyncOptions) => executor.submit((x: number) => x, 1).resultSync(options),
      { timeout: LIMITS.timeout },
    ),
    // Last: with options that are taken it is the end.
    entry('Executor.shutdown', 'pool.shutdown()', (options: ShutdownOptions) => executor.shutdown(options), SHUTDOWN),
  ];
}
