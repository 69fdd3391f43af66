import assert from 'node:assert/strict';
import { CancelledError, gather, getRunningLoop, InvalidOptionError, run, runInExecutor, toThread } from 'offloop';
import { currentThread } from 'offloop/threading';
import { describeExecutors, it } from './describe-executors.ts';
import { fail } from '../../fixtures/tasks/failures.ts';
import { greet, sum } from '../../fixtures/tasks/basics.ts';
import { customer, readAndChange } from '../../fixtures/tasks/context.ts';
import { hold, mark } from '../../fixtures/tasks/gated.ts';
import { echo } from '../../fixtures/tasks/results.ts';
import { arrivals, arrive, tallyInMemory, until } from '../../fixtures/tasks/tally.ts';
import { myself, where } from '../../fixtures/tasks/where.ts';

describeExecutors('runInExecutor with an executor of its own', (executor) => {
  it('CF-IPE-016 runs the function in that executor', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, threadNamePrefix: 'Mine' });
    const { worker, name } = await run(async () => runInExecutor(pool, where));
    assert.notEqual(worker, myself.worker);
    assert.equal(name, 'Mine_0');
  });

  it('works outside run() too', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.equal(await runInExecutor(pool, sum, [40, 2]), 42);
  });

  it('an error of the function is thrown where it is awaited', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await run(async () => {
      await assert.rejects(async () => runInExecutor(pool, fail, 'range'), RangeError);
    });
  });

  it('CF-IPE-017 AIO-EXEC-002 a cancelled call that still runs brings nothing later', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    let calls = 0;
    await run(async () => {
      const future = runInExecutor(pool, hold, started, release, 1);
      future.addDoneCallback(() => {
        calls += 1;
      });
      await until(started);
      future.cancel();
      await assert.rejects(async () => future, CancelledError);
    });
    arrive(release);
    await pool.shutdown();
    assert.equal(calls, 1);
  });

  it('AIO-EXEC-004 setDefaultExecutor makes it the executor of runInExecutor(null, …)', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, threadNamePrefix: 'Default' });
    const { name } = await run(async () => {
      getRunningLoop().setDefaultExecutor(pool);
      return runInExecutor(null, where);
    });
    assert.equal(name, 'Default_0');
  });

  it('AIO-EXEC-007 after shutdownDefaultExecutor the default refuses, an executor of its own still works', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await run(async () => {
      assert.equal(await runInExecutor(null, sum, [1, 2]), 3);
      await getRunningLoop().shutdownDefaultExecutor();
      await assert.rejects(async () => runInExecutor(null, sum, [1, 2]), /shut ?down/i);
      assert.equal(await runInExecutor(pool, sum, [1, 2]), 3);
    });
  });

  it('AIO-EXEC-006 shutdownDefaultExecutor({ timeout }) warns and goes on when the executor does not end', async (t) => {
    const [started, release] = [executor.tally(t), executor.tally(t)];
    const pool = executor.open(t, { maxWorkers: 1 });
    const warned = new Promise<Error>((resolve) => {
      process.once('warning', resolve);
    });
    await run(async () => {
      const loop = getRunningLoop();
      loop.setDefaultExecutor(pool);
      const blocked = runInExecutor(null, hold, started, release, 5);
      await until(started);
      await loop.shutdownDefaultExecutor({ timeout: 10 });
      assert.equal(blocked.done(), false);
      assert.match((await warned).message, /executor did not finish/i);
      arrive(release);
      assert.equal(await blocked, 5);
    });
  });
});

describeExecutors('the default executor and toThread', (executor) => {
  const skip = executor.name === 'ThreadPoolExecutor' ? false : 'the default executor is a pool of threads';

  it('AIO-EXEC-001 runInExecutor(null, fn) runs it in another thread', { skip }, async () => {
    const [value, place] = await run(async () =>
      gather([runInExecutor(null, echo<string>, 'yo'), runInExecutor(null, where)]),
    );
    assert.equal(value, 'yo');
    assert.notEqual(place.worker, myself.worker);
    assert.notEqual(place.name, currentThread().name);
  });

  for (const wrong of [{}, 'pool', 5, null, undefined]) {
    it(`AIO-EXEC-005 setDefaultExecutor(${JSON.stringify(wrong)}) is an InvalidOptionError`, { skip }, async () => {
      await run(async () => {
        assert.throws(
          () => getRunningLoop().setDefaultExecutor(wrong as never),
          (error) => error instanceof InvalidOptionError && /executor/.test(error.message),
        );
      });
    });
  }

  for (const wrong of [{}, 'pool', 5]) {
    it(`runInExecutor(${JSON.stringify(wrong)}, fn) is an InvalidOptionError`, { skip }, async () => {
      await assert.rejects(
        async () => runInExecutor(wrong as never, sum, [1]),
        (error) => error instanceof InvalidOptionError && error.option === 'executor',
      );
    });
  }

  it('AIO-THR-001 toThread gives the result', { skip }, async () => {
    assert.equal(await run(async () => toThread(sum, [40, 2])), 42);
  });

  it('AIO-THR-002 toThread throws the error of the function', { skip }, async () => {
    await run(async () => {
      await assert.rejects(async () => toThread(fail, 'range'), { name: 'RangeError', message: 'out of range' });
    });
  });

  it('AIO-THR-004 ten calls at once all run', { skip }, async () => {
    const ran = tallyInMemory();
    const values = await run(async () => gather(Array.from({ length: 10 }, (_, i) => toThread(mark, ran, i))));
    assert.deepEqual(values, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(arrivals(ran), 10);
  });

  it('AIO-THR-005 arguments and options are passed as they are', { skip }, async () => {
    assert.equal(await run(async () => toThread(greet, 'Ada', { greeting: 'Hi', times: 2 })), 'Hi, Ada; Hi, Ada');
  });

  it('a partial application is an arrow function', { skip }, async () => {
    const partial = (name: string): string => `Hi, ${name}`;
    assert.equal(await run(async () => toThread(partial, 'Ada')), 'Hi, Ada');
  });

  it(
    'AIO-THR-006 AIO-THR-007 a ContextVar is seen in the thread, and setting it there changes nothing here',
    {
      skip,
    },
    async () => {
      await run(async () => {
        customer.set('parrot');
        assert.deepEqual(await toThread(readAndChange), ['parrot', 'changed there']);
        assert.equal(customer.get(), 'parrot');
        assert.deepEqual(await toThread(readAndChange), ['parrot', 'changed there']);
      });
    },
  );

  it('the default executor ends with run(): a second run() gets a new one', { skip }, async () => {
    for (let i = 0; i < 2; i += 1) assert.equal(await run(async () => toThread(sum, [i, 1])), i + 1);
  });
});
