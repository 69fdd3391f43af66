import assert from 'node:assert/strict';
import {
  callback,
  CancelledError,
  currentTask,
  Event,
  InvalidStateError,
  run,
  sleep,
  type Callback,
  type ExceptionContext,
} from 'offloop';
import { describeExecutors, it } from '../executors/describe-executors.js';
import { arrive, until, type Tally } from '../../fixtures/tasks/tally.js';

type Add = Callback<[number, number], number>;

async function add(a: number, b: number): Promise<number> {
  await sleep(0);
  return a + b;
}

class Refused extends Error {
  override readonly name = 'Refused';
  readonly status = 409;
}

describeExecutors('run_coroutine_threadsafe', (executor) => {
  it('AIO-RCT-001 a worker calls an async function of the loop and blocks until it has the result', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.equal(await pool.submit((add: Add) => add(1, 2).resultSync(), callback(add)), 3);
  });

  it('AIO-RCT-001 a worker calls an async function of the loop and awaits the result', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.equal(await pool.submit(async (add: Add) => (await add(1, 2)) + 1, callback(add)), 4);
  });

  it('AIO-RCT-002 what the function throws is thrown in the worker, and here when nobody catches it there', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const fail = callback(async (): Promise<void> => {
      await sleep(0);
      throw new Refused('taken', { cause: new RangeError('why') });
    });
    const seen = await pool.submit((fail: Callback<[], void>) => {
      try {
        fail().resultSync();
      } catch (error) {
        const { name, message, status, cause } = error as Refused;
        return { name, message, status, because: cause instanceof RangeError };
      }
      return undefined;
    }, fail);
    assert.deepEqual(seen, { name: 'Refused', message: 'taken', status: 409, because: true });
    await assert.rejects(
      pool.submit(async (fail: Callback<[], void>) => fail(), fail),
      { name: 'Refused', message: 'taken', status: 409 },
    );
  });

  it('AIO-RCT-004 a call whose task cancels itself is cancelled in the worker', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const leave = callback(async () => {
      currentTask()?.cancel('enough');
      await sleep(0);
    });
    const seen = await pool.submit(async (leave: Callback<[], void>) => {
      const call = leave();
      try {
        await call;
      } catch (error) {
        return [(error as Error).name, (error as Error).message, call.cancelled()];
      }
      return undefined;
    }, leave);
    assert.deepEqual(seen, ['CancelledError', 'enough', true]);
    await assert.rejects(
      pool.submit((leave: Callback<[], void>) => leave().resultSync(), leave),
      CancelledError,
    );
  });

  it('AIO-RCT-005 a task that cannot be created fails the call, and is reported once', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, over] = [executor.tally(t), executor.tally(t)];
    const reports: ExceptionContext[] = [];
    let ran = false;
    const job = async (call: Callback<[], void>, started: Tally, over: Tally): Promise<string> => {
      arrive(started);
      await until(over);
      try {
        await call();
      } catch (error) {
        return (error as Error).name + ': ' + (error as Error).message;
      }
      return 'no error';
    };
    const future = await run(
      async () => {
        const { getRunningLoop } = await import('offloop');
        getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context));
        const call = callback(() => {
          ran = true;
        });
        const submitted = pool.submit(job, call, started, over);
        await until(started);
        // A future returned would be awaited.
        return { submitted };
      },
      { signals: false },
    );
    arrive(over);
    const message = await future.submitted;
    assert.match(message, /^InvalidStateError: .*loop is closed/);
    assert.equal(ran, false);
    assert.equal(reports.length, 1);
    assert.ok(reports[0]?.exception instanceof InvalidStateError);
  });

  it('AIO-RCT-006 cancelling the future in the worker cancels the task of the call', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [begun, ended] = [new Event(), new Event()];
    let thrown: unknown;
    const wait = callback(async () => {
      begun.set();
      try {
        await new Event().wait();
      } catch (error) {
        thrown = error;
        throw error;
      } finally {
        ended.set();
      }
    });
    const untilBegun = callback(async () => void (await begun.wait()));
    const untilEnded = callback(async () => void (await ended.wait()));
    type Wait = Callback<[], void>;
    const seen = await pool.submit(
      async (wait: Wait, untilBegun: Wait, untilEnded: Wait) => {
        const call = wait();
        await untilBegun();
        const first = call.cancel('changed my mind');
        const second = call.cancel();
        await untilEnded();
        return [first, second, call.state];
      },
      wait,
      untilBegun,
      untilEnded,
    );
    assert.deepEqual(seen, [true, true, 'cancelled']);
    assert.ok(thrown instanceof CancelledError);
    assert.equal(thrown.reason, 'changed my mind');
  });

  it('AIO-RCT-007 ten workers at once get ten results', async (t) => {
    const pool = executor.open(t, { maxWorkers: 10 });
    const here = new Set<string>();
    const all = new Event();
    // No call ends before each of the ten workers has made one.
    const meet = callback(async (who: string, value: number) => {
      here.add(who);
      if (here.size === 10) all.set();
      await all.wait();
      return value;
    });
    const job = (meet: Callback<[string, number], number>, who: string, value: number): number =>
      meet(who, value).resultSync();
    const results = await Promise.all(Array.from({ length: 10 }, (_, i) => pool.submit(job, meet, `worker ${i}`, i)));
    assert.deepEqual(results, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('AIO-RCT-009 calls begin in the order in which they were made, whether or not anybody waits for them', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const heard: string[] = [];
    const say = callback((word: string) => void heard.push(word));
    const tell = callback(async (word: string) => void heard.push(word));
    await pool.submit(
      (say: Callback<[string], void>, tell: Callback<[string], void>) => {
        say('hello');
        tell('world').resultSync();
        tell('and');
        say('good');
        tell('bye');
      },
      say,
      tell,
    );
    assert.deepEqual(heard, ['hello', 'world', 'and', 'good', 'bye']);
  });
});
