import assert from 'node:assert/strict';
import { describe } from 'node:test';
import {
  ContextVar,
  ExecutorShutDownError,
  gather,
  getRunningLoop,
  InvalidOptionError,
  runInExecutor,
  sleep,
  ThreadPoolExecutor,
  toThread,
} from 'offloop';
import { currentThread } from 'offloop/threading';
import { collectReports, inRun, isCancelled, settle } from './support.js';

/** The runner's own options are not for workers. */
const options = { maxWorkers: 2, execArgv: [] };
const useThreads = (): void => getRunningLoop().setDefaultExecutor(new ThreadPoolExecutor(options));
const forever = (): void => {
  for (;;);
};

describe('run_in_executor', () => {
  inRun('AIO-EXEC-001 null is the default executor, in another thread', async () => {
    useThreads();
    const [value, thread] = await runInExecutor(null, (text: string) => [text, currentThread().name] as const, 'yo');
    assert.equal(value, 'yo');
    assert.notEqual(thread, currentThread().name);
  });

  inRun('AIO-EXEC-002 a cancelled running call is silent, and so is its end', async () => {
    const reports = collectReports();
    const pool = new ThreadPoolExecutor(options);
    const future = runInExecutor(pool, forever);
    while (future.state !== 'running') await sleep(1);
    assert.equal(future.cancel(), true);
    await assert.rejects(future.result(), isCancelled());
    await pool.shutdown();
    assert.deepEqual(reports, []);
  });

  inRun('AIO-EXEC-004 setDefaultExecutor() sets the one null stands for', async () => {
    const pool = new ThreadPoolExecutor({ ...options, threadNamePrefix: 'mine' });
    getRunningLoop().setDefaultExecutor(pool);
    assert.match(await runInExecutor(null, () => currentThread().name), /^mine/);
  });

  inRun('AIO-EXEC-005 what is no executor is an InvalidOptionError', () => {
    assert.throws(() => getRunningLoop().setDefaultExecutor({} as never), InvalidOptionError);
    assert.throws(() => runInExecutor({} as never, () => 1), InvalidOptionError);
  });

  inRun('AIO-EXEC-006 an executor that does not stop is left after timeout, with a warning', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', onWarning);
    const calls: unknown[] = [];
    getRunningLoop().setDefaultExecutor({
      submit: () => {
        throw new RangeError('not used');
      },
      shutdown: async (how) => {
        calls.push(how);
        if (how?.wait === true) await new Promise(() => {});
      },
    });
    await getRunningLoop().shutdownDefaultExecutor({ timeout: 10 });
    await settle();
    process.off('warning', onWarning);
    assert.deepEqual(calls, [{ wait: true }, { wait: false }]);
    assert.match(String(warnings), /did not finish joining its threads within 0\.01 seconds/);
    getRunningLoop().setDefaultExecutor({
      submit: () => {
        throw new RangeError('not used');
      },
      shutdown: async () => {},
    });
  });

  inRun('AIO-EXEC-007 after shutdownDefaultExecutor() null is refused, an executor that is given works', async () => {
    await using pool = new ThreadPoolExecutor(options);
    await getRunningLoop().shutdownDefaultExecutor();
    assert.throws(() => runInExecutor(null, () => 1), ExecutorShutDownError);
    assert.throws(() => runInExecutor(null, () => 1), /Executor shutdown has been called/);
    assert.equal(await runInExecutor(pool, () => 1), 1);
  });

  inRun('AIO-EXEC-009 in debug mode callSoon() and its like refuse async functions', () => {
    const loop = getRunningLoop();
    const asynchronous = async (): Promise<void> => {};
    loop.callSoon(asynchronous).cancel();
    loop.debug = true;
    assert.throws(() => loop.callSoon(asynchronous), /no async function: callSoon\(\)/);
    assert.throws(() => loop.callLater(1, asynchronous), /callLater\(\)/);
    assert.throws(() => loop.callAt(1, asynchronous), /callAt\(\)/);
  });
});

describe('to_thread', () => {
  inRun('AIO-THR-001 gives what the function returns', async () => {
    useThreads();
    assert.equal(await toThread((numbers: number[]) => numbers.reduce((a, b) => a + b, 0), [40, 2]), 42);
  });

  inRun('AIO-THR-002 throws what the function throws', async () => {
    useThreads();
    await assert.rejects(
      toThread(() => {
        throw new RangeError('test');
      }).result(),
      RangeError,
    );
  });

  inRun('AIO-THR-004 ten at once', async () => {
    useThreads();
    const all = await gather(Array.from({ length: 10 }, (_, index) => toThread((n: number) => n * 2, index)));
    assert.deepEqual(all, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
  });

  inRun('AIO-THR-005 arguments come as they are; named ones are one object', async () => {
    useThreads();
    const fn = (a: string, options: { b: number[] }): unknown => [a, options];
    assert.deepEqual(await toThread(fn, 'one', { b: [2] }), ['one', { b: [2] }]);
  });

  inRun('AIO-THR-006 context variables come along', async () => {
    useThreads();
    const variable = new ContextVar<string>('test-ctx');
    variable.set('parrot');
    assert.equal(
      await toThread(async () => {
        const offloop = await import('offloop');
        return new offloop.ContextVar<string>('test-ctx').get('nothing');
      }),
      'parrot',
    );
  });

  inRun('AIO-THR-007 what the thread sets stays there', async () => {
    useThreads();
    const variable = new ContextVar<string>('test-ctx');
    variable.set('parrot');
    await toThread(async () => {
      const offloop = await import('offloop');
      new offloop.ContextVar<string>('test-ctx').set('changed');
    });
    assert.equal(variable.get(), 'parrot');
  });
});
