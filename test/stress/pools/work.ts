import type { Executor, Future } from 'offloop';
import type { Random } from '../../fixtures/random.ts';

/** One kind of job: how it is submitted and which values are right. */
export interface Work {
  readonly name: string;
  /** It does not end by itself: somebody has to stop it. */
  readonly endless: boolean;
  submit(pool: Executor, random: Random): { readonly future: Future; readonly right: (value: unknown) => boolean };
}

/** Jobs that end, one way or the other. */
export const ENDING: readonly Work[] = [
  {
    name: 'number',
    endless: false,
    submit(pool, random) {
      const x = random.below(1000);
      return { future: pool.submit((n: number) => n * 2, x), right: (value) => value === x * 2 };
    },
  },
  {
    name: 'object',
    endless: false,
    submit(pool, random) {
      const x = random.below(1000);
      return {
        future: pool.submit((o: { x: number }) => ({ ...o, y: 'y' }), { x }),
        right: (value) => (value as { x: number }).x === x,
      };
    },
  },
  {
    name: 'bytes',
    endless: false,
    submit(pool, random) {
      const length = random.below(400_000);
      return {
        future: pool.submit((bytes: Uint8Array) => bytes, new Uint8Array(length).fill(3)),
        right: (value) => (value as Uint8Array).length === length,
      };
    },
  },
  {
    name: 'sleep',
    endless: false,
    submit(pool, random) {
      const future = pool.submit(
        (ms: number) => new Promise((resolve) => setTimeout(resolve, ms, ms)),
        random.below(8),
      );
      return { future, right: (value) => typeof value === 'number' };
    },
  },
  {
    name: 'compute',
    endless: false,
    submit(pool, random) {
      const future = pool.submit((rounds: number) => {
        let sum = 0;
        for (let i = 0; i < rounds; i++) sum += i % 7;
        return sum;
      }, random.below(2_000_000));
      return { future, right: (value) => typeof value === 'number' };
    },
  },
  {
    name: 'throw',
    endless: false,
    submit(pool) {
      const future = pool.submit(() => {
        throw new RangeError('thrown by the task');
      });
      return { future, right: () => false };
    },
  },
  {
    name: 'not to be sent back',
    endless: false,
    submit(pool) {
      return { future: pool.submit(() => () => 1), right: () => false };
    },
  },
];

/** Jobs that take their worker with them. */
export const DEADLY: readonly Work[] = [
  {
    name: 'exit',
    endless: false,
    submit(pool) {
      return { future: pool.submit(() => process.exit(7)), right: () => false };
    },
  },
  {
    name: 'throw outside',
    endless: false,
    submit(pool) {
      const future = pool.submit(() => {
        setImmediate(() => process.exit(8));
        return new Promise(() => {});
      });
      return { future, right: () => false };
    },
  },
];

/** Only for processes: in a thread this ends the program. */
export const KILLED: Work = {
  name: 'kill -9',
  endless: false,
  submit(pool) {
    const future = pool.submit(() => {
      process.kill(process.pid, 'SIGKILL');
      for (;;);
    });
    return { future, right: () => false };
  },
};

/** Jobs that somebody has to stop by force. */
export const ENDLESS: readonly Work[] = [
  {
    name: 'spin',
    endless: true,
    submit(pool) {
      const future = pool.submit(() => {
        for (;;);
      });
      return { future, right: () => false };
    },
  },
  {
    name: 'wait',
    endless: true,
    submit(pool) {
      return { future: pool.submit(() => new Promise(() => {})), right: () => false };
    },
  },
  {
    name: 'block',
    endless: true,
    submit(pool) {
      const future = pool.submit(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
      return { future, right: () => false };
    },
  },
];

/** Ends when it is asked to. */
export const COOPERATIVE: Work = {
  name: 'cooperative',
  endless: true,
  submit(pool) {
    const future = pool.submit(async () => {
      const { throwIfCancelled } = await import('offloop/worker');
      for (;;) {
        throwIfCancelled();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
    return { future, right: () => false };
  },
};
