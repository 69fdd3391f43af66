import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CancelledError, Future, getRunningLoop, run, sleep, type ExceptionContext } from 'offloop';
import { VirtualClock } from 'offloop/testing';

/** A test whose body is the main task of a run. */
export function inRun(title: string, fn: () => unknown): void {
  void it(title, () => run(async () => void (await fn()), { signals: false }));
}

/** A test whose body is the main task of a run, on a clock that jumps. */
export function inTime(title: string, fn: (clock: VirtualClock) => unknown): void {
  void it(title, async () => {
    using clock = new VirtualClock();
    await run(async () => void (await fn(clock)), { signals: false });
  });
}

/** Lets everything that can run do so. */
export async function settle(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await sleep(0);
}

/** Collects what goes to the exception handler of the running loop. */
export function collectReports(): ExceptionContext[] {
  const contexts: ExceptionContext[] = [];
  getRunningLoop().setExceptionHandler((_loop, context) => contexts.push(context));
  return contexts;
}

export function isCancelled(reason?: unknown): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof CancelledError, `expected a CancelledError, got ${String(error)}`);
    if (reason !== undefined) assert.equal(error.reason, reason);
    return true;
  };
}

/** A future in each state, by name. */
export function futureInState(state: 'pending' | 'running' | 'cancelled' | 'failed' | 'ok'): Future<number> {
  const future = new Future<number>();
  if (state === 'running') future.setRunning();
  if (state === 'cancelled') future.cancel();
  if (state === 'failed') {
    future.setException(new RangeError('failed'));
    future.markRetrieved();
  }
  if (state === 'ok') future.setResult(42);
  return future;
}

/** Never settles, and no cancellation ends it. */
export const FOREVER: Promise<never> = new Promise<never>(() => {});

/** The futures of an `asCompleted`; TypeScript believes that `for await` awaits them, which it does not. */
export async function collect<F extends Future>(iterable: AsyncIterable<unknown>, into: F[] = []): Promise<F[]> {
  const iterator = iterable[Symbol.asyncIterator]() as AsyncIterator<F>;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) into.push(next.value);
  return into;
}
