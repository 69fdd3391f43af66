import assert from 'node:assert/strict';
import {
  callback,
  ContextVar,
  createTask,
  InvalidOptionError,
  run,
  SerializationError,
  type ContextHook,
  type PoolOptions,
} from 'offloop';
import {
  changeInBlocks,
  customer,
  readAndChange,
  readAndChangeLater,
  readInBlocks,
  startAs,
} from '../../fixtures/tasks/context.ts';
import { exitOnce } from '../../fixtures/tasks/exits.ts';
import { arrivals } from '../../fixtures/tasks/tally.ts';
import { currentTrace, currentTraceLater, trace, traces } from '../../fixtures/tasks/trace.ts';
import { describeExecutors, it } from './describe-executors.ts';
import { collect } from './results.ts';

const fallback = 'fallback';
const besides = new ContextVar<string>('besides', { default: 'nobody' });
const here = new ContextVar('here', { default: 'default', local: true });

describeExecutors('ContextVars', (executor) => {
  it('travel with a task, one way', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await run(async () => {
      customer.set('alice');
      assert.deepEqual(await pool.submit(readAndChange), ['alice', 'changed there']);
      assert.equal(customer.get(), 'alice');
    });
    assert.deepEqual((await pool.submit(readAndChange))[0], 'nobody', 'the next task starts without');
  });

  it('are those of the task that submits', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    await run(async () => {
      const as = (name: string): Promise<string> =>
        createTask(async () => {
          customer.set(name);
          return (await pool.submit(readAndChange))[0];
        }).result();
      assert.deepEqual(await Promise.all(['alice', 'bob', 'carol'].map(as)), ['alice', 'bob', 'carol']);
    });
  });

  it('are those of the call of map(), for all of its chunks', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await run(async () => {
      customer.set('alice');
      const results = pool.map(readAndChange, [1, 2, 3, 4], {
        chunkSize: 1,
        bufferSize: 1,
      });
      customer.set('bob');
      const seen = (await collect(results)).map(([before]) => before);
      assert.deepEqual(seen, ['alice', 'alice', 'alice', 'alice']);
    });
  });

  it('need no module of their own: one of the same file is found by its name', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const inside = new ContextVar('inside', { default: fallback });
    await run(async () => {
      const read = (): unknown[] => [besides.get(), inside.get(), here.get()];
      assert.deepEqual(await pool.submit(read), ['nobody', 'fallback', 'default']);
      besides.set('alice');
      inside.set('set');
      here.set('not sent');
      assert.deepEqual(await pool.submit(read), ['alice', 'set', 'default']);
    });
  });

  it('are seen in every block, child, task and run() of the job', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await run(async () => {
      customer.set('alice');
      const seen = await pool.submit(readInBlocks);
      assert.deepEqual(seen, Object.fromEntries(Object.keys(seen).map((place) => [place, 'alice'])));
    });
  });

  it('set in a block belong to the job it is part of, and to no other', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await run(async () => {
      customer.set('alice');
      assert.deepEqual(await pool.submit(changeInBlocks), ['in timeout', 'in group', 'in group']);
      assert.equal((await pool.submit(readInBlocks))['timeout'], 'alice');
    });
  });

  it('set by a job or an item are gone with it, whether it brought any or not', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const readTwice = async (): Promise<void> => {
      const before = customer.get();
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(await pool.submit(readAndChange), [before, 'changed there']);
        const items = await collect(pool.map(readAndChange, [1, 2, 3, 4], { chunkSize: 4 }));
        assert.deepEqual(
          items.map(([first]) => first),
          [before, before, before, before],
        );
        const later = await collect(pool.map(readAndChangeLater, [1, 2, 3, 4], { chunkSize: 4 }));
        assert.deepEqual(
          later.map(([first]) => first),
          [before, before, before, before],
        );
      }
    };
    await readTwice();
    await run(async () => {
      customer.set('alice');
      await readTwice();
    });
  });

  it('set by an initializer are those of every job that brings none', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, initializer: startAs, initArgs: ['system'] });
    for (let round = 0; round < 2; round++) assert.equal((await pool.submit(readAndChange))[0], 'system');
  });

  it('that cannot be sent are named at submit, and stay here when they are local', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const request = new ContextVar<{ readonly end: () => void }>('request');
    const logger = new ContextVar<() => void>('logger', { local: true });
    await run(async () => {
      logger.set(() => {});
      assert.equal(await pool.submit((x: number) => x, 3), 3);
      const token = request.set({ end: () => {} });
      assert.throws(
        () => pool.submit((x: number) => x, 3),
        (error) =>
          error instanceof SerializationError &&
          /ContextVar "request" .*value\.end is the function end.*local: true/.test(error.message),
      );
      request.reset(token);
      assert.equal(await pool.submit((x: number) => x, 4), 4);
    });
  });
});

describeExecutors('a callback in context', (executor) => {
  const refused = (error: unknown): boolean => {
    assert.ok(error instanceof SerializationError, String(error));
    assert.match(
      error.message,
      /^(ContextVar "log"|what context\.capture\(\) returned) cannot be sent to a worker: value\S* is a callback \(log\), which only goes out as an argument or a captured variable of a job(; make it \{ local: true \} to keep it in this thread)?$/,
    );
    return true;
  };
  const log = (text: string): string => `heard ${text}`;

  it('is refused by all that submits, wherever in the value of a ContextVar it is', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const variable = new ContextVar<unknown>('log');
    await run(async () => {
      for (const value of [callback(log), { deep: [callback(log)] }, new Map([['log', callback(log)]])]) {
        const token = variable.set(value);
        assert.throws(() => pool.submit(() => 1), refused);
        assert.throws(() => pool.stream(readAndChange as never), refused);
        assert.throws(() => pool.map((x: number) => x, [1]), refused);
        await assert.rejects(
          pool.runOnAll(() => 1),
          refused,
        );
        variable.reset(token);
      }
      assert.equal(await pool.submit(() => 1), 1, 'the pool is as it was');
    });
    assert.equal(pool.statistics().submitted, 1);
  });

  it('stays here in a local ContextVar, and goes out as an argument', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const variable = new ContextVar<ReturnType<typeof callback<[string], string>>>('log', { local: true });
    await run(async () => {
      variable.set(callback(log));
      const say = async (text: string, log: (text: string) => PromiseLike<string>): Promise<string> => log(text);
      assert.equal(await pool.submit(say, 'hello', variable.get()), 'heard hello');
    });
  });

  it('is refused in what a hook captures', async (t) => {
    const pool = executor.open(t, {
      maxWorkers: 1,
      context: { capture: () => ({ log: callback(log) }), run: (_carried, call) => call() },
    });
    assert.throws(() => pool.submit(() => 1), refused);
  });
});

describeExecutors('the context hook', (executor) => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const context: ContextHook<{ readonly traceparent: string }> = {
    capture: () => trace.getStore(),
    run: (carried, call) => trace.run(carried, call),
  };

  it('carries a trace around tasks, items and streams', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, context });
    await trace.run({ traceparent }, async () => {
      assert.equal(await pool.submit(currentTrace), traceparent);
      assert.equal(await pool.submit(currentTraceLater), traceparent);
      const items = pool.map(currentTrace as (item: number) => string, [1, 2]);
      assert.deepEqual(await collect(items), [traceparent, traceparent]);
      assert.deepEqual(await collect(pool.stream(traces)), [traceparent]);
    });
    assert.equal(await pool.submit(currentTrace), undefined, 'nothing is carried from outside');
  });

  it('goes together with ContextVars, and with a task that is run again', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, context });
    const tried = executor.tally(t);
    await run(() =>
      trace.run({ traceparent }, async () => {
        customer.set('alice');
        assert.equal((await pool.submit(readAndChange))[0], 'alice');
        assert.equal(await pool.submit(currentTrace), traceparent);
        assert.equal(await pool.with({ retries: 1 }).submit(exitOnce, tried, 3), 'second try');
      }),
    );
    assert.equal(arrivals(tried), 2);
  });

  it('may be written as methods, with variables around it', async (t) => {
    const prefix = 'at ';
    const pool = executor.open(t, {
      maxWorkers: 1,
      context: {
        capture() {
          return 'here';
        },
        run(carried: string, call) {
          (globalThis as { carried?: string }).carried = prefix + carried;
          return call();
        },
      },
    });
    assert.equal(await pool.submit(() => (globalThis as { carried?: string }).carried), 'at here');
  });

  it('what it captures must be sendable; an error of its own is thrown by submit', async (t) => {
    const functions = executor.open(t, { maxWorkers: 1, context: { ...context, capture: () => () => 1 } });
    assert.throws(
      () => functions.submit(currentTrace),
      (error) => error instanceof SerializationError && error.message.includes('context.capture()'),
    );
    const failing = executor.open(t, {
      maxWorkers: 1,
      context: {
        ...context,
        capture: () => {
          throw new RangeError('no context');
        },
      },
    });
    assert.throws(() => failing.submit(currentTrace), { name: 'RangeError', message: 'no context' });
  });

  it('an error of run() is the error of the task', async (t) => {
    const pool = executor.open(t, {
      maxWorkers: 1,
      context: {
        capture: () => 1,
        run: () => {
          throw new RangeError('no such context');
        },
      },
    });
    await assert.rejects(pool.submit(() => 1).result(), { name: 'RangeError', message: 'no such context' });
  });

  it('an option that is no hook is refused', async (t) => {
    for (const wrong of [{}, { capture: () => 1 }, 'trace', null]) {
      assert.throws(
        () => executor.open(t, { context: wrong } as unknown as PoolOptions),
        (error) => error instanceof InvalidOptionError && error.option === 'context',
      );
    }
  });
});
