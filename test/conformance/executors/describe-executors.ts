import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, it as nodeIt, type TestContext } from 'node:test';
import { ProcessPoolExecutor, ThreadPoolExecutor, type PoolOptions } from 'offloop';
import { tallyInFolder, tallyInMemory, type Tally } from '../../fixtures/tasks/tally.ts';

/** What every kind of pool has. */
export type Pool = ThreadPoolExecutor | ProcessPoolExecutor;

/** One kind of executor and what it is capable of. The suites ask for capabilities, never for a kind's name. */
export interface ExecutorKind {
  readonly name: string;
  /** A new pool that is shut down when the test ends, whatever the test left running. */
  open(t: TestContext, options?: PoolOptions): Pool;
  /** A counter that this kind's workers and the test both see. */
  tally(t: TestContext): Tally;
  /** How many workers a pool without `maxWorkers` may have. */
  readonly defaultMaxWorkers: number;
  /** SharedArrayBuffers may be arguments. */
  readonly sharesMemory: boolean;
  /** Running code can be stopped without ending its worker. */
  readonly interrupts: boolean;
  /** A native crash of a worker leaves the program alive. */
  readonly containsCrashes: boolean;
}

/** Workers that still run when a test ends get this long before they are terminated. */
const CLOSE_WITHIN_MS = 5_000;
const CASE_TIMEOUT_MS = 30_000;

/** Closes the pool when the test ends: a test that failed half-way may have left work in it. */
function open<P extends Pool>(t: TestContext, pool: P): P {
  t.after(() => pool.shutdown({ timeout: CLOSE_WITHIN_MS }));
  return pool;
}

const threads: ExecutorKind = {
  name: 'ThreadPoolExecutor',
  open: (t, options = {}) => open(t, new ThreadPoolExecutor(options)),
  tally: () => tallyInMemory(),
  defaultMaxWorkers: Math.min(32, availableParallelism() + 4),
  sharesMemory: true,
  interrupts: true,
  containsCrashes: false,
};

const processes: ExecutorKind = {
  name: 'ProcessPoolExecutor',
  open: (t, options = {}) => open(t, new ProcessPoolExecutor(options)),
  tally(t) {
    const tally = tallyInFolder();
    t.after(() => rmSync(tally.folder, { recursive: true, force: true }));
    return tally;
  },
  defaultMaxWorkers: availableParallelism(),
  sharesMemory: false,
  interrupts: false,
  containsCrashes: true,
};

const KINDS: readonly ExecutorKind[] = [threads, processes];

/** Runs one suite over every kind of executor. */
export function describeExecutors(title: string, suite: (executor: ExecutorKind) => void): void {
  for (const kind of KINDS) describe(`${kind.name}: ${title}`, () => suite(kind));
}

type Case = (t: TestContext) => Promise<void>;

/** `it` of node:test with a time limit, so that a future that never settles fails its own case only. */
export function it(title: string, run: Case): void;
export function it(title: string, options: { skip?: string | false }, run?: Case): void;
export function it(title: string, options: Case | { skip?: string | false }, run?: Case): void {
  if (typeof options === 'function') nodeIt(title, { timeout: CASE_TIMEOUT_MS }, options);
  else nodeIt(title, { timeout: CASE_TIMEOUT_MS, ...options }, run);
}
