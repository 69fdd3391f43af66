import { pbkdf2Sync } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import {
  callback,
  type Callback,
  gather,
  ProcessPoolExecutor,
  run,
  runInExecutor,
  sleep,
  ThreadPoolExecutor,
  toThread,
} from 'offloop';
import { exitWith, spin } from '../../fixtures/tasks/exits.ts';
import { fail } from '../../fixtures/tasks/failures.ts';
import { leaveHandles } from '../../fixtures/tasks/mischief.ts';
import { failToInitialise, readState } from '../../fixtures/tasks/state.ts';
import { sayAfter, sayLines } from '../../fixtures/tasks/speech.ts';
import { power } from '../../fixtures/tasks/basics.ts';
import { tallyInMemory, until } from '../../fixtures/tasks/tally.ts';

/** The kind of pool a program is to use, where it concerns both. */
const Pool = process.argv[3] === 'ProcessPoolExecutor' ? ProcessPoolExecutor : ThreadPoolExecutor;

function takeAllDescriptors(): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error;
    return taken;
  }
}

/** Small programs, one per case: `node programs.js NAME [KIND]` runs one and the test looks at how it ends. */
const PROGRAMS: Record<string, () => unknown> = {
  fallsOffTheEnd() {
    void new Pool({ maxWorkers: 5 }).submit(sayAfter, 100, 'apple');
  },
  fallsOffTheEndWithAQueue() {
    const pool = new Pool({ maxWorkers: 1 });
    for (const text of ['one', 'two', 'three']) void pool.submit(sayAfter, 20, text);
  },
  async shutsDownWithoutWaiting() {
    const pool = new Pool({ maxWorkers: 2 });
    void pool.submit(sayAfter, 100, 'apple');
    await pool.shutdown({ wait: false });
  },
  dropsThePool() {
    const start = (): void => {
      const pool = new Pool({ maxWorkers: 2 });
      pool.map((text: string) => console.log(text), ['a', 'b', 'c', 'd'], { bufferSize: 4 });
    };
    start();
    setTimeout(() => globalThis.gc?.(), 1);
  },
  dropsARetiringPool() {
    const start = (): void => {
      const pool = new Pool({ maxWorkers: 1, maxTasksPerWorker: 1 });
      for (const text of ['a', 'b', 'c']) void pool.submit(sayAfter, 20, text);
    };
    start();
    // The first worker retires after that, and is replaced.
    setInterval(() => globalThis.gc?.(), 5).unref();
  },
  async hasNoDescriptorsForItsFirstJob() {
    const taken = takeAllDescriptors();
    const pool = new Pool({ maxWorkers: 2 });
    try {
      await pool.submit(power, 2, 2);
    } catch (error) {
      console.log((error as NodeJS.ErrnoException).code);
    }
    for (const descriptor of taken) closeSync(descriptor);
    console.log(await pool.submit(power, 2, 8));
    await pool.shutdown();
  },
  async runsOutOfDescriptors() {
    const before = new Pool({ maxWorkers: 1 });
    await before.submit(power, 2, 2);
    await before.shutdown();
    const taken = takeAllDescriptors();
    // Enough to make a function ready, not enough for a worker.
    for (const descriptor of taken.splice(0, 2)) closeSync(descriptor);
    const pool = new Pool({ maxWorkers: 2 });
    const outcomes = await Promise.allSettled([1, 2, 3].map((x) => pool.submit(power, x, 2)));
    for (const outcome of outcomes) {
      const { name, message } = (outcome as PromiseRejectedResult).reason as Error;
      console.log(name, /no file descriptors left, see ulimit -n/.test(message));
    }
    await pool.shutdown();
    for (const descriptor of taken) closeSync(descriptor);
    const next = new Pool({ maxWorkers: 2 });
    console.log(await next.submit(power, 2, 8));
    await next.shutdown();
  },
  async runsOutOfDescriptorsWhileItWorks() {
    const pool = new Pool({ maxWorkers: 3 });
    console.log(await pool.submit(power, 2, 2));
    takeAllDescriptors();
    console.log((await Promise.all([1, 2, 3, 4, 5, 6].map((x) => pool.submit(power, x, 2)))).join(' '));
    await pool.shutdown();
  },
  async leavesAnIdlePool() {
    const pool = new Pool({ maxWorkers: 3, minWorkers: 2 });
    console.log(await pool.submit(power, 2, 8));
  },
  leavesAnUnusedPool() {
    console.log(new ThreadPoolExecutor({ minWorkers: 2, maxWorkers: 2 }).statistics().workers);
  },
  fallsOffTheEndOfAJobThatCallsBack() {
    const say = callback((text: string) => console.log(text));
    const job = async (say: Callback<[string], void>): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      await say('apple');
      say('banana').resultSync();
    };
    for (const pool of [new ThreadPoolExecutor(), new ProcessPoolExecutor()]) void pool.submit(job, say);
  },
  async leavesIdlePoolsThatHadCallbacks() {
    const double = callback((x: number) => x * 2);
    for (const pool of [new ThreadPoolExecutor(), new ProcessPoolExecutor()]) {
      console.log(await pool.submit(async (double: Callback<[number], number>) => double(4), double));
      await pool.submit((_unused: Callback<[number], number>) => {}, double);
    }
  },
  async terminatesWhileWorkersStart() {
    const entered = new Int32Array(new SharedArrayBuffer(4));
    const initializer = (entered: Int32Array): void => {
      Atomics.store(entered, 0, 1);
      // In native code: nothing stops it.
      pbkdf2Sync('secret', 'salt', 1_500_000, 64, 'sha512');
    };
    const pool = new ThreadPoolExecutor({ maxWorkers: 1, initializer, initArgs: [entered] });
    const future = pool.submit(power, 2, 8);
    while (Atomics.load(entered, 0) === 0) await sleep(1);
    const closing = pool.shutdown({ cancelFutures: true });
    await Promise.all([closing, pool.terminate()]);
    console.log(future.state);
  },
  async awaitsAtTheTop() {
    const pool = new Pool({ maxWorkers: 1 });
    console.log(await pool.submit(sayAfter, 100, 'from the task'));
    await pool.shutdown();
    console.log('closed');
  },
  async waitsForShutdownOnly() {
    const pool = new Pool({ maxWorkers: 3 });
    for (const ms of [20, 150, 400]) void pool.submit(sayAfter, ms, `after ${ms}`);
    await pool.shutdown();
    console.log('closed');
  },
  async printsManyLines() {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    await pool.submit(sayLines, 500);
    console.log('main is done');
  },
  async losesAWorker() {
    const pool = new Pool({ maxWorkers: 2 });
    const error = await pool.submit(exitWith, 7).exception();
    console.log((error as { exitCode?: number }).exitCode, await pool.submit(power, 2, 3));
  },
  ignoresAFailure() {
    void new Pool({ maxWorkers: 1 }).submit(fail, 'range');
  },
  async looksAtAFailureLate() {
    const future = new ThreadPoolExecutor({ maxWorkers: 1 }).submit(fail, 'range');
    await future.exception();
    console.log('seen');
  },
  failsInMain() {
    const started = tallyInMemory();
    void new ThreadPoolExecutor({ maxWorkers: 1 }).submit(spin, started);
    void until(started).then(() => {
      throw new RangeError('main failed');
    });
  },
  async exitsInMain() {
    const started = tallyInMemory();
    void new ThreadPoolExecutor({ maxWorkers: 1 }).submit(spin, started);
    await until(started);
    process.exit(5);
  },
  async hasABadInitializer() {
    const pool = new Pool({
      maxWorkers: 2,
      initializer: failToInitialise,
      initArgs: ['error in initializer'],
    });
    const error = await pool.submit(readState).exception();
    console.log((error as Error).name);
  },
  async leavesADaemonPoolBusy() {
    const started = tallyInMemory();
    void new ThreadPoolExecutor({ maxWorkers: 1, daemon: true }).submit(spin, started);
    await until(started);
    console.log('main is done');
  },
  async usesTheDefaultExecutorOutsideRun() {
    console.log(await toThread(power, 2, 5));
  },
  async leavesTheDefaultExecutorBusy() {
    await run(async () => {
      void toThread(sayAfter, 100, 'apple');
    });
    console.log('run ended');
  },
  async usesPoolsInRun() {
    const values = await run(async () => {
      const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
      return gather([1, 2, 3].map((x) => runInExecutor(pool, power, x, 2)));
    });
    console.log(values.join(' '));
  },
  async terminatesABusyPool() {
    const started = tallyInMemory();
    const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const futures = [pool.submit(spin, started), pool.submit(spin, started)];
    await until(started, 2);
    await pool.terminate();
    console.log(futures.map((future) => future.state).join(' '));
  },
  async closesThreadsThatHaveATimerLeft() {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    await pool.submit(leaveHandles);
    await pool.shutdown();
    console.log('closed');
  },
  async closesProcessesThatHaveATimerLeft() {
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    await pool.submit(leaveHandles);
    await pool.shutdown();
    console.log('closed');
  },
  async terminatesThreadsThatHaveATimerLeft() {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    await pool.submit(leaveHandles);
    await pool.shutdown({ timeout: 100 });
    console.log('closed');
  },
  async isInterrupted() {
    await run(async () => {
      try {
        console.log('ready');
        await sleep(60_000);
      } finally {
        console.log('cleaned up');
      }
    });
  },
  async isInterruptedTwice() {
    await run(async () => {
      try {
        console.log('ready');
        await sleep(60_000);
      } finally {
        console.log('cleaning');
        await new Promise((resolve) => {
          setTimeout(resolve, 60_000);
        });
      }
    });
  },
  async isInterruptedWhileItsPoolIsBusy() {
    await run(async () => {
      const started = tallyInMemory();
      const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
      const future = runInExecutor(pool, spin, started);
      await until(started);
      console.log('ready');
      await future;
    });
  },
};

const program = PROGRAMS[process.argv[2] ?? ''];
if (program === undefined) throw new TypeError(`no program ${process.argv[2]}`);
await program();
