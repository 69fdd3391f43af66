import assert from 'node:assert/strict';
import { callback, InvalidStateError, sleep, type Callback } from 'offloop';
import type { Work } from './work.ts';

type Echo = Callback<[value: number, ms: number], number>;

/** A call that goes on longer than this after its job has ended has been forgotten. */
const END_WITHIN_MS = 10_000;

const calls = { begun: 0, active: 0 };

const echo = async (value: number, ms: number): Promise<number> => {
  calls.begun += 1;
  calls.active += 1;
  try {
    if (ms < 0) throw new RangeError('thrown by the call');
    if (ms > 0) await sleep(ms);
    return value;
  } finally {
    calls.active -= 1;
  }
};

/** Jobs that call functions of this side. */
export const CALLING: readonly Work[] = [
  {
    name: 'calls, one after the other',
    endless: false,
    submit(pool, random) {
      const count = random.below(60);
      const job = async (echo: Echo, count: number): Promise<number> => {
        let sum = 0;
        for (let x = 0; x < count; x++) sum += await echo(x, x % 3);
        return sum;
      };
      return { future: pool.submit(job, callback(echo), count), right: (value) => value === (count * (count - 1)) / 2 };
    },
  },
  {
    name: 'calls at once, of which it cancels some',
    endless: false,
    submit(pool, random) {
      const [count, step] = [random.below(400), 2 + random.below(5)];
      const job = async (echo: Echo, count: number, step: number): Promise<boolean> => {
        const calls = Array.from({ length: count }, (_, x) => ({ x, call: echo(x, x % 5) }));
        for (const { x, call } of calls) if (x % step === 0) call.cancel();
        await Promise.allSettled(calls.map(({ call }) => call.result()));
        return calls.every(({ x, call }) => (x % step === 0 ? call.cancelled() : call.resultNow() === x));
      };
      return { future: pool.submit(job, callback(echo), count, step), right: (value) => value === true };
    },
  },
  {
    name: 'calls and blocks',
    endless: false,
    submit(pool, random) {
      const count = random.below(60);
      const job = (echo: Echo, count: number): number => {
        let sum = 0;
        for (let x = 0; x < count; x++) {
          void echo(x, 0).catch(() => {});
          sum += echo(x, x % 3).resultSync();
        }
        return sum;
      };
      return { future: pool.submit(job, callback(echo), count), right: (value) => value === (count * (count - 1)) / 2 };
    },
  },
  {
    name: 'calls that fail',
    endless: false,
    submit(pool, random) {
      const count = random.below(30);
      const job = async (echo: Echo, count: number): Promise<number> => {
        let failed = 0;
        for (let x = 0; x < count; x++) {
          await echo(x, -1).catch((error: unknown) => {
            if (error instanceof RangeError) failed += 1;
          });
        }
        return failed;
      };
      return { future: pool.submit(job, callback(echo), count), right: (value) => value === count };
    },
  },
  {
    name: 'calls it leaves behind',
    endless: false,
    submit(pool, random) {
      const job = (echo: Echo, count: number): number => {
        for (let x = 0; x < count; x++) void echo(x, 60_000).catch(() => {});
        return count;
      };
      const count = random.below(100);
      return { future: pool.submit(job, callback(echo), count), right: (value) => value === count };
    },
  },
  {
    name: 'calls, and takes its worker with it',
    endless: false,
    submit(pool, random) {
      const job = async (echo: Echo, count: number): Promise<never> => {
        for (let x = 0; x < count; x++) void echo(x, 60_000).catch(() => {});
        await echo(0, 1);
        return process.exit(9);
      };
      return { future: pool.submit(job, callback(echo), random.below(50)), right: () => false };
    },
  },
  {
    name: 'calls that are kept by the worker',
    endless: false,
    submit(pool) {
      const job = async (echo: Echo): Promise<boolean> => {
        const world = globalThis as { keptEcho?: Echo };
        const kept = world.keptEcho;
        world.keptEcho = echo;
        if (kept === undefined) return true;
        const error = await kept(1, 0).exception();
        return (error as InvalidStateError | undefined)?.code === 'ERR_OFFLOOP_INVALID_STATE';
      };
      return { future: pool.submit(job, callback(echo)), right: (value) => value === true };
    },
  },
];

/** Every call has ended, though nobody waited for it. Returns how many there were. */
export async function checkCalls(): Promise<number> {
  const deadline = performance.now() + END_WITHIN_MS;
  while (calls.active > 0 && performance.now() < deadline) await sleep(1);
  assert.equal(calls.active, 0, `${calls.active} calls outlive their jobs`);
  const count = calls.begun;
  calls.begun = 0;
  return count;
}
