import assert from 'node:assert/strict';
import { CaptureError, Future, InvalidOptionError, InvalidStateError } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';
import { collected } from './collected.ts';
import { power } from '../../fixtures/tasks/basics.ts';
import { moduleUrl, myself, where } from '../../fixtures/tasks/where.ts';

describeExecutors('submit', (executor) => {
  it('CF-EXEC-001 a submitted call gives its result', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const future = pool.submit(power, 2, 8);
    assert.ok(future instanceof Future);
    assert.equal(await future, 256);
    assert.equal(future.state, 'finished');
    assert.equal(future.resultNow(), 256);
  });

  it('CF-EXEC-002 options go as one object, whatever its keys are called', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const options = { self: 1, fn: 2, args: [3], signal: 'x', then: 4 };
    assert.deepEqual(await pool.submit((given: typeof options) => ({ ...given, then: undefined }), options), {
      ...options,
      then: undefined,
    });
  });

  for (const [what, value] of [
    ['nothing', undefined],
    ['a string', 'power'],
    ['an object', { run: power }],
    ['a promise', Promise.resolve(power)],
  ] as const) {
    it(`CF-EXEC-002 AIO-EXEC-009 submitting ${what} in the place of a function is an InvalidOptionError`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      assert.throws(
        () => pool.submit(value as unknown as () => void),
        (error) => error instanceof InvalidOptionError && error.option === 'fn' && /a function/.test(error.message),
      );
      assert.equal(await pool.submit(power, 2, 2), 4, 'the pool goes on');
    });
  }

  it('a job may return whatever await takes: its worker goes on', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    // oxlint-disable unicorn/no-thenable -- the case
    type Give = (value: unknown) => void;
    const jobs = [
      () => ({ then: (give: Give) => give('given') }),
      () => ({ then: (give: Give) => void setImmediate(give, 'given') }),
      () => ({ then: (give: Give) => give(Promise.resolve('given')) }),
      () => ({
        then(give: Give, fail: Give): void {
          give('given');
          give('given again');
          fail(new Error('too late'));
          throw new Error('later still');
        },
      }),
    ];
    for (const job of jobs) assert.equal(await (pool.submit(job) as PromiseLike<unknown>), 'given');
    const failing = [
      () => ({
        then(): void {
          throw new RangeError('then threw');
        },
      }),
      () => ({
        get then(): Give {
          throw new RangeError('then threw');
        },
      }),
    ];
    // oxlint-enable unicorn/no-thenable
    for (const job of failing) await assert.rejects(pool.submit(job).result(), { name: 'RangeError' });
    assert.equal(await pool.submit(power, 2, 2), 4);
    assert.equal(pool.statistics().workers, 1);
  });

  it('an inline function without free variables runs as written', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.equal(
      await pool.submit((words: string[]) => words.map((word) => word.toUpperCase()).join('-'), ['a', 'b']),
      'A-B',
    );
  });

  it('an async function gives what it resolves to', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const value: number = await pool.submit(async (x: number) => {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      return x * 2;
    }, 21);
    assert.equal(value, 42);
  });

  it('a function without a result gives undefined', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.equal(await pool.submit(() => {}), undefined);
  });

  it('arguments are copied before submit returns: changing them afterwards changes nothing', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const rows = [1, 2, 3];
    const future = pool.submit((given: number[]) => given.length, rows);
    rows.push(4, 5);
    assert.equal(await future, 3);
  });

  it('the function runs somewhere else', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.notEqual((await pool.submit(where)).worker, myself.worker);
  });

  it('CF-IPE-009 a function sent by reference runs in its own module', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.match(await pool.submit(moduleUrl), /fixtures\/tasks\/where\.(js|ts)$/);
  });

  it('CF-IPE-006 a captured value that cannot travel is a CaptureError that names it, and the pool goes on', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const answer = Promise.resolve(42);
    const known = new WeakRef(pool);
    for (const [name, fn] of [
      ['answer', () => typeof answer],
      ['known', () => known.deref() === undefined],
    ] as const) {
      assert.throws(
        () => pool.submit<[], unknown>(fn),
        (error) => error instanceof CaptureError && error.message.includes(name),
      );
    }
    assert.equal(await pool.submit(power, 3, 2), 9);
  });

  it('captured variables travel by value, as they are when submit is called', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    let offset = 10;
    const rows = [1, 2, 3];
    const future = pool.submit((factor: number) => rows.map((row) => row * factor + offset), 2);
    offset = 1_000;
    rows.push(4);
    assert.deepEqual(await future, [12, 14, 16]);
    assert.deepEqual(await pool.submit(() => [offset, rows.length]), [1_000, 4]);
  });

  it('a captured WeakMap never arrives as an empty one', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const key = {};
    const sizes = new WeakMap<object, number>();
    sizes.set(key, 5);
    const [outcome] = await Promise.allSettled([(async () => pool.submit(() => sizes.get(key)))()]);
    assert.ok(
      outcome.status === 'rejected' ? outcome.reason instanceof CaptureError : outcome.value === 5,
      'the entry of the WeakMap is silently gone',
    );
  });

  it('CF-IPE-007 an instance of a local class arrives as a plain object, as structured clone sends it', async (t) => {
    class Local {
      readonly x = 1;
    }
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.deepEqual(
      await pool.submit((value: object) => [value.constructor.name, Object.entries(value)], new Local()),
      ['Object', [['x', 1]]],
    );
  });

  it('CF-CRASH-016 a hundred submissions before the first worker runs all complete', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const futures = Array.from({ length: 100 }, (_, i) => pool.submit(power, i, 1));
    const results: number[] = [];
    for (const future of futures) results.push(await future);
    assert.deepEqual(
      results,
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  it('only its task completes a future: setResult() and setException() are refused', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const future = pool.submit(power, 2, 3);
    assert.throws(() => future.setResult(7), InvalidStateError);
    assert.throws(() => future.setException(new RangeError('not so')), InvalidStateError);
    assert.equal(await future, 8);
    assert.throws(() => future.setResult(7), InvalidStateError);
    await pool.shutdown();
    const { completed, queued } = pool.statistics();
    assert.deepEqual({ completed, queued }, { completed: 1, queued: 0 });
  });

  it('jobs start in the order of submission', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const ended: number[] = [];
    const futures = Array.from({ length: 20 }, (_, i) => pool.submit((x: number) => x, i));
    for (const future of futures) future.addDoneCallback((done) => ended.push(done.resultNow()));
    for (const future of futures) await future;
    assert.deepEqual(
      ended,
      Array.from({ length: 20 }, (_, i) => i),
    );
  });

  it('CF-EXEC-005 a finished job leaves no reference to its arguments, its result or its function', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const job = async (): Promise<WeakRef<object>[]> => {
      const argument = { payload: 'x'.repeat(100) };
      const fn = (given: object): object => ({ ...given });
      const result = await pool.submit(fn, argument);
      return [new WeakRef(argument), new WeakRef(result)];
    };
    const references = await job();
    assert.equal(pool.statistics().idle, 1, 'the worker stays');
    for (const [i, reference] of references.entries()) {
      assert.ok(await collected(reference), i === 0 ? 'the argument is kept' : 'the result is kept');
    }
  });
});
