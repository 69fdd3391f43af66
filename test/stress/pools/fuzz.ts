import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { ProcessPoolExecutor, SerializationError, ThreadPoolExecutor, type Future, type PoolOptions } from 'offloop';
import { Random } from '../../fixtures/random.ts';
import { isDocumented } from './documented.ts';
import { checkMap, mapSome, type Mapped } from './maps.ts';
import { COOPERATIVE, DEADLY, ENDING, ENDLESS, KILLED, type Work } from './work.ts';

type Mode = 'terminate' | 'interrupt' | 'cooperative' | 'abandon';
export type Kind = 'thread' | 'process';

/** A pool that has not closed after this long has lost a future. */
const CLOSE_WITHIN_MS = 60_000;
const MODES: readonly Mode[] = ['terminate', 'terminate', 'interrupt', 'cooperative', 'abandon'];

interface Submitted {
  readonly future: Future;
  readonly work: string;
  readonly right: (value: unknown) => boolean;
  ends: number;
}

/** A pool that gives one result: what the first one makes for all of them stays. */
export async function warmUp(kind: Kind): Promise<void> {
  const pool = kind === 'thread' ? new ThreadPoolExecutor() : new ProcessPoolExecutor();
  assert.equal(await pool.submit(() => 3), 3);
  await pool.shutdown();
}

/** One pool, from its start to its end, with some tens of jobs; everything about it comes from the seed. */
export async function round(kind: Kind, seed: number, more: readonly Work[] = []): Promise<number> {
  const random = new Random(seed);
  const cancelMode = random.pick(MODES);
  const options: PoolOptions = {
    maxWorkers: 1 + random.below(3),
    cancelMode,
    ...(random.chance(0.3) && { maxTasksPerWorker: 1 + random.below(5) }),
    ...(random.chance(0.3) && { minWorkers: 1 }),
    ...(random.chance(0.2) && { graceMs: random.below(10) }),
  };
  const pool = kind === 'thread' ? new ThreadPoolExecutor(options) : new ProcessPoolExecutor(options);
  const works = [...worksFor(kind, cancelMode), ...more];
  const submitted: Submitted[] = [];
  const signals: AbortSignal[] = [];
  const stops: (() => void)[] = [];
  const maps: Mapped[] = [];
  const count = 10 + random.below(60);
  for (let i = 0; i < count; i++) {
    submitted.push(submitOne(pool, random, random.pick(works), signals, stops));
    if (random.chance(0.04)) maps.push(mapSome(pool, kind, random));
    if (random.chance(0.2)) await new Promise((resolve) => setTimeout(resolve, random.below(6)));
    if (random.chance(0.3)) stops.splice(random.below(stops.length), 1)[0]?.();
  }
  const closed = close(pool, random);
  // What nobody has stopped yet, somebody stops while the pool closes.
  for (const stop of stops) setTimeout(stop, random.below(40));
  await within(closed, `${kind} pool with ${JSON.stringify(options)}`, submitted);
  await within(Promise.allSettled(submitted.map(({ future }) => future)), 'futures', submitted);
  await within(Promise.all(maps.map(({ ended }) => ended)), 'maps', submitted);
  await new Promise((resolve) => setImmediate(resolve));
  for (const one of submitted) check(one);
  for (const map of maps) checkMap(map);
  checkPool(pool, maps.length === 0 ? submitted.length : undefined);
  for (const signal of signals) assert.equal(getEventListeners(signal, 'abort').length, 0, 'a listener is left');
  return count;
}

function worksFor(kind: Kind, mode: Mode): Work[] {
  const works = [...ENDING, ...ENDING, COOPERATIVE, ...DEADLY];
  if (mode === 'terminate' || mode === 'interrupt') works.push(...ENDLESS);
  if (kind === 'process') works.push(KILLED);
  return works;
}

function submitOne(
  pool: ThreadPoolExecutor | ProcessPoolExecutor,
  random: Random,
  work: Work,
  signals: AbortSignal[],
  stops: (() => void)[],
): Submitted {
  const how = random.below(work.endless ? 3 : 8);
  const controller = new AbortController();
  const options =
    how === 0 ? { signal: controller.signal } : how === 1 ? { timeout: 1 + random.below(30) } : { retries: how % 2 };
  if (how === 0) signals.push(controller.signal);
  const { future, right } = work.submit(pool.with(options), random);
  // A timeout counts from the start: a job that waits behind others is stopped in another way too.
  if (how === 0) stops.push(() => controller.abort());
  else if (how === 2) stops.push(() => future.cancel());
  const one: Submitted = { future, right, work: work.name, ends: 0 };
  future.addDoneCallback(() => {
    one.ends += 1;
  });
  future.catch(() => {});
  return one;
}

async function close(pool: ThreadPoolExecutor | ProcessPoolExecutor, random: Random): Promise<void> {
  const how = random.below(5);
  if (how === 0) await pool.terminate();
  else if (how === 1) await pool.shutdown({ cancelFutures: true });
  else if (how === 2) await pool.shutdown({ timeout: random.below(50) });
  else if (how === 3) {
    await pool.shutdown({ wait: false });
    await pool.shutdown();
  } else await pool.shutdown();
}

async function within(promise: Promise<unknown>, what: string, submitted: readonly Submitted[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const open = submitted
        .filter(({ future }) => !future.done())
        .map(({ work, future }) => `${work} ${future.state}`);
      reject(new assert.AssertionError({ message: `${what}: not closed; open: ${open.join(', ') || 'none'}` }));
    }, CLOSE_WITHIN_MS);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

function check({ future, work, right, ends }: Submitted): void {
  assert.equal(ends, 1, `${work} ended ${ends} times`);
  let value: unknown;
  try {
    value = future.resultNow();
  } catch (error) {
    const documented =
      isDocumented(error) ||
      (work === 'throw' && error instanceof RangeError) ||
      (work === 'not to be sent back' && error instanceof SerializationError);
    assert.ok(documented, `${work} ended with ${String(error)}`);
    return;
  }
  assert.ok(right(value), `${work} gave ${String(value)}`);
}

/** @param count of jobs, where it is known: a map makes as many as it likes. */
function checkPool(pool: ThreadPoolExecutor | ProcessPoolExecutor, count: number | undefined): void {
  const { workers, running, queued, submitted, completed, failed, cancelled } = pool.statistics();
  assert.deepEqual({ workers, running, queued }, { workers: 0, running: 0, queued: 0 });
  if (count !== undefined) assert.equal(submitted, count);
  assert.equal(completed + failed + cancelled, submitted, 'every job is counted once');
}
