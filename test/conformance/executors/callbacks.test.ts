import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { availableParallelism } from 'node:os';
import {
  callback,
  CancelledError,
  CaptureError,
  ContextVar,
  Event,
  InvalidOptionError,
  InvalidStateError,
  run,
  SerializationError,
  sleep,
  Task,
  TimeoutError,
  transfer,
  WorkerLostError,
  type Callback,
} from 'offloop';
import { arrive, blockUntil, until, type Tally } from '../../fixtures/tasks/tally.js';
import { describeExecutors, it } from './describe-executors.js';

type Signal = Callback<[], void>;
type Double = Callback<[number], number>;
const double = (x: number): number => x * 2;

/** A call that goes on until it is cancelled, and what became of it. */
function endless(): { begun: Event; ended: Event; errors: unknown[]; call: Signal } {
  const [begun, ended, errors] = [new Event(), new Event(), [] as unknown[]];
  const call = callback(async () => {
    begun.set();
    try {
      await new Event().wait();
    } catch (error) {
      errors.push(error);
      throw error;
    } finally {
      ended.set();
    }
  });
  return { begun, ended, errors, call };
}

async function untilCancelled({ ended, errors }: ReturnType<typeof endless>): Promise<void> {
  await ended.wait();
  assert.equal(errors.length, 1);
  assert.ok(errors[0] instanceof CancelledError);
}

describeExecutors('callbacks: where they may stand', (executor) => {
  it('as arguments, inside of them, twice the same', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const fn = callback(double);
    const job = async (
      one: Double,
      { list, map }: { list: Double[]; map: Map<string, Double> },
    ): Promise<unknown[]> => {
      const [two] = list as [Double];
      return [one === two, await one(1), await two(2), await map.get('fn')?.(3)];
    };
    assert.deepEqual(await pool.submit(job, fn, { list: [fn], map: new Map([['fn', callback(double)]]) }), [
      true,
      2,
      4,
      6,
    ]);
  });

  it('captured, on their own and among other things', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const fn = callback(double);
    const inside = { fn, name: 'x', shout: (text: string): string => `${text}!` };
    const job = async (): Promise<number> => fn(4);
    // What a worker keeps of a function it gets again is not what belongs to a job.
    for (let round = 0; round < 3; round++) assert.equal(await pool.submit(job), 8);
    assert.deepEqual(await pool.submit(async () => [inside.shout(inside.name), await inside.fn(5)]), ['x!', 10]);
  });

  it('in the items of map(), and captured by its function', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const fn = callback(double);
    const results: number[] = [];
    for await (const value of pool.map(async (x: number) => fn(x), [1, 2, 3, 4, 5])) results.push(value);
    const items = [1, 2, 3].map((x) => ({ x, fn }));
    for await (const value of pool.map(async ({ x, fn }: { x: number; fn: Double }) => fn(x), items)) {
      results.push(value);
    }
    assert.deepEqual(results, [2, 4, 6, 8, 10, 2, 4, 6]);
  });

  it('in a stream, through a view, and in runOnAll()', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const values: number[] = [];
    const produce = async function* (fn: Double): AsyncGenerator<number> {
      for (let x = 0; x < 30; x++) yield await fn(x);
    };
    for await (const value of pool.with({ name: 'produce' }).stream(produce, callback(double))) values.push(value);
    assert.deepEqual(
      values,
      Array.from({ length: 30 }, (_, x) => x * 2),
    );
    assert.deepEqual(await pool.runOnAll((fn: Double) => fn(21), callback(double)), [42, 42]);
  });

  it('in what waits in the queue, whatever worker it goes to', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const [started, release] = [executor.tally(t), executor.tally(t)];
    // Short jobs first, so that a worker is given more than it runs.
    await Promise.all(Array.from({ length: 500 }, (_, x) => pool.submit((x: number) => x, x)));
    const hold = (started: Tally, release: Tally): void => {
      arrive(started);
      blockUntil(release);
    };
    const held = pool.submit(hold, started, release);
    const job = async (fn: Callback<[number], number>, x: number): Promise<number> => fn(x);
    const calls: number[] = [];
    const note = callback((x: number) => {
      calls.push(x);
      return x;
    });
    const results = await Promise.all(Array.from({ length: 200 }, (_, x) => pool.submit(job, note, x)));
    arrive(release);
    await held;
    const expected = Array.from({ length: 200 }, (_, x) => x);
    assert.deepEqual(results, expected);
    assert.deepEqual(
      calls.toSorted((a, b) => a - b),
      expected,
    );
  });

  it('not in a result, in the arguments or result of a call, or in initArgs', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const fn = callback(double);
    const refused = { name: 'SerializationError', path: 'result' };
    await assert.rejects(
      pool.submit((fn: Double) => fn, fn),
      refused,
    );
    await assert.rejects(
      pool.submit(
        async (fn: Callback<[unknown], void>) => fn({ a: [(): number => 1] }),
        callback(() => {}),
      ),
      { name: 'SerializationError', path: 'args[0].a[0]' },
    );
    await assert.rejects(
      pool.submit(
        async (get: Callback<[], unknown>) => {
          await get();
        },
        callback(() => fn),
      ),
      { ...refused, message: /a callback/ },
    );
    assert.throws(
      () => executor.open(t, { initializer: () => {}, initArgs: [fn] }),
      (error) =>
        error instanceof SerializationError && error.path === 'initArgs[0]' && /a callback/.test(error.message),
    );
    assert.throws(() => pool.submit(fn, 1), CaptureError);
    assert.throws(() => callback(1 as never), InvalidOptionError);
  });

  it('what else cannot be sent is named, not the callback before it', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.throws(() => pool.submit((...args: unknown[]) => args.length, callback(double), Symbol('s')), {
      name: 'SerializationError',
      path: 'args[1]',
    });
  });

  it('on this side it is the function as a task', async () => {
    const future = callback(double)(4);
    assert.ok(future instanceof Task);
    assert.equal(await future, 8);
  });
});

describeExecutors('callbacks: what they give', (executor) => {
  it('values and errors arrive whole', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const value = {
      when: new Date(0),
      map: new Map([[1, new Set([2])]]),
      bytes: new Uint8Array([1, 2]),
      big: 10n ** 30n,
    };
    const same = callback((x: unknown) => x);
    assert.deepEqual(
      await pool.submit(async (same: Callback<[unknown], unknown>, x: unknown) => same(x), same, value),
      value,
    );
    const large = new Uint8Array(1_000_000).fill(7);
    assert.deepEqual(
      await pool.submit((same: Callback<[unknown], unknown>, x: unknown) => same(x).resultSync(), same, large),
      large,
    );
    const fail = callback(() => {
      throw new AggregateError([Object.assign(new TypeError('inner'), { code: 'X' })], 'outer');
    });
    await assert.rejects(
      pool.submit(async (fail: Signal) => fail(), fail),
      (error) => {
        assert.ok(error instanceof AggregateError && error.errors[0] instanceof TypeError);
        assert.equal((error.errors[0] as TypeError & { code: string }).code, 'X');
        return true;
      },
    );
  });

  it('anything may be thrown', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const things: unknown[] = ['text', 0, null, undefined, { code: 1 }];
    const throwIt = callback((index: number) => {
      throw things[index];
    });
    const job = async (throwIt: Callback<[number], void>, count: number): Promise<unknown[]> => {
      const caught: unknown[] = [];
      for (let index = 0; index < count; index++) {
        try {
          await throwIt(index);
        } catch (thrown) {
          caught.push(thrown);
        }
      }
      return caught;
    };
    assert.deepEqual(await pool.submit(job, throwIt, things.length), things);
    await assert.rejects(
      pool.submit(
        async (fn: Signal) => fn(),
        callback(() => {
          throw Symbol('s');
        }),
      ),
      { name: 'RemoteError' },
    );
  });

  it('a result that cannot be sent fails the call and names the place', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await assert.rejects(
      pool.submit(
        async (fn: Callback<[], unknown>) => {
          await fn();
        },
        callback(() => ({ a: [() => {}] })),
      ),
      { name: 'SerializationError', path: 'result.a[0]' },
    );
  });

  it('transferred memory of arguments and results is moved between threads', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const answer = new Uint8Array([1, 2, 3]);
    let came = 0;
    const give = callback((bytes: Uint8Array) => {
      came = bytes.length;
      return transfer(answer, [answer.buffer]);
    });
    const job = async (give: Callback<[Uint8Array], Uint8Array>): Promise<number[]> => {
      const { transfer } = await import('offloop');
      const bytes = new Uint8Array(10);
      const got = await give(transfer(bytes, [bytes.buffer]));
      return [got.length, bytes.length];
    };
    const [got, left] = await pool.submit(job, give);
    assert.deepEqual([came, got], [10, 3]);
    // Between processes there is nothing but copying.
    assert.deepEqual([left, answer.length], executor.sharesMemory ? [0, 0] : [10, 3]);
  });

  it('they run in the context of the submission', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const variable = new ContextVar<string>('who');
    const storage = new AsyncLocalStorage<string>();
    const job = async (look: Callback<[], string[]>): Promise<string[]> => look();
    const look = callback(async () => {
      await sleep(0);
      return [variable.get('nobody'), storage.getStore() ?? 'nowhere'];
    });
    const future = await run(
      async () => {
        variable.set('me');
        const submitted = storage.run('here', () => pool.submit(job, look));
        variable.set('somebody else');
        return [await submitted];
      },
      { signals: false },
    );
    assert.deepEqual(future, [['me', 'here']]);
  });

  it('in debug mode too', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const result = await run(() => pool.submit(async (fn: Double) => fn(2), callback(double)), {
      debug: true,
      signals: false,
    });
    assert.equal(result, 4);
  });

  it('they may use the pool', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const other = callback((x: number) => pool.submit(double, x));
    assert.equal(await pool.submit(async (other: Double) => other(21), other), 42);
  });
});

describeExecutors('callbacks: calls belong to their job', (executor) => {
  it('calls nobody waited for have begun when the job ends, and are cancelled then', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const left = endless();
    await pool.submit((call: Signal) => void call(), left.call);
    await untilCancelled(left);
    assert.ok(left.begun.isSet());
  });

  it('a job that fails ends its calls', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const left = endless();
    const job = (call: Signal): void => {
      void call();
      throw new RangeError('no');
    };
    await assert.rejects(pool.submit(job, left.call), RangeError);
    await untilCancelled(left);
  });

  it('a cancelled job ends its calls', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const left = endless();
    const future = pool.submit(async (call: Signal) => call(), left.call);
    await left.begun.wait();
    future.cancel();
    await assert.rejects(future.result(), CancelledError);
    await untilCancelled(left);
    assert.equal(await pool.submit(double, 2), 4);
  });

  it('a lost worker ends its calls', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const left = endless();
    const begun = callback(async () => void (await left.begun.wait()));
    const job = async (call: Signal, begun: Signal): Promise<void> => {
      void call();
      await begun();
      process.exit(3);
    };
    await assert.rejects(pool.submit(job, left.call, begun), WorkerLostError);
    await untilCancelled(left);
  });

  it('a worker lost while it blocks in a call', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const left = endless();
    const future = pool.submit((call: Signal) => call().resultSync(), left.call);
    await left.begun.wait();
    await pool.terminate();
    await assert.rejects(future.result(), CancelledError);
    await untilCancelled(left);
  });

  it('shutdown() waits for a job that waits for a call', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [begun, open] = [new Event(), new Event()];
    const wait = callback(async () => {
      begun.set();
      await open.wait();
      return 'through';
    });
    const future = pool.submit(async (wait: Callback<[], string>) => wait(), wait);
    await begun.wait();
    const closed = pool.shutdown();
    open.set();
    await closed;
    assert.equal(future.resultNow(), 'through');
  });

  it('a job that runs again makes its calls again', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const attempts = executor.tally(t);
    const left = endless();
    const begun = callback(async () => void (await left.begun.wait()));
    const job = async (call: Signal, begun: Signal, fn: Double, attempts: Tally): Promise<number> => {
      const { arrivals, arrive } = await import('../../fixtures/tasks/tally.js');
      const again = arrivals(attempts) > 0;
      arrive(attempts);
      if (again) return fn(4);
      void call();
      await begun();
      process.exit(1);
    };
    const future = pool.with({ retries: 1 }).submit(job, left.call, begun, callback(double), attempts);
    assert.equal(await future, 8);
    await untilCancelled(left);
  });

  it('one that is kept longer says so', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    let calls = 0;
    const count = callback(() => void (calls += 1));
    const keep = (count: Signal): void => {
      (globalThis as { kept?: Signal }).kept = count;
    };
    await pool.submit(keep, count);
    const useKept = async (): Promise<string> => {
      try {
        await (globalThis as { kept?: Signal }).kept?.();
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
      return 'called';
    };
    const message = await pool.submit(useKept);
    assert.match(message, /^InvalidStateError: .*had ended$/);
    assert.equal(calls, 0);
    // The next job has its own.
    assert.equal(await pool.submit(async (fn: Double) => fn(1), callback(double)), 2);
  });

  it('a job that was abandoned can call no more', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'abandon' });
    const [release, failed] = [executor.tally(t), executor.tally(t)];
    const left = endless();
    const job = async (call: Signal, release: Tally, failed: Tally): Promise<void> => {
      const { arrive, until } = await import('../../fixtures/tasks/tally.js');
      const names: string[] = [];
      await call().catch((error: unknown) => names.push((error as Error).name));
      await until(release);
      await call().catch((error: unknown) => names.push((error as Error).name));
      if (names.join() === 'CancelledError,InvalidStateError') arrive(failed);
    };
    const future = pool.submit(job, left.call, release, failed);
    await left.begun.wait();
    future.cancel();
    await assert.rejects(future.result(), CancelledError);
    await untilCancelled(left);
    arrive(release);
    await until(failed);
  });

  it('a job that is asked to end may call for its clean-up', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'cooperative' });
    const [started, said] = [executor.tally(t), [] as string[]];
    const say = callback((text: string) => void said.push(text));
    const job = async (say: Callback<[string], void>, started: Tally): Promise<void> => {
      const { cancelRequested } = await import('offloop/worker');
      arrive(started);
      while (!cancelRequested()) await new Promise((resolve) => setTimeout(resolve, 1));
      await say('cleaned up');
      throw new RangeError('stopped');
    };
    const future = pool.submit(job, say, started);
    await until(started);
    future.cancel();
    await assert.rejects(future.result(), RangeError);
    assert.deepEqual(said, ['cleaned up']);
  });

  it('an interrupted job ends its calls, and its worker lives on', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'interrupt' });
    for (const block of [true, false]) {
      const left = endless();
      const job = (call: Signal, block: boolean): unknown => (block ? call().resultSync() : call());
      const future = pool.submit(job, left.call, block);
      await left.begun.wait();
      future.cancel();
      await assert.rejects(future.result(), CancelledError);
      await untilCancelled(left);
      assert.equal(await pool.submit((fn: Double) => fn(2).resultSync(), callback(double)), 4);
    }
    assert.equal(pool.statistics().lost, 0);
  });

  it('the end of run() ends them', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const left = endless();
    const job = async (call: Signal): Promise<string> => {
      try {
        await call();
      } catch (error) {
        return (error as Error).name;
      }
      return 'no error';
    };
    const [future] = await run(
      async () => {
        const submitted = pool.submit(job, left.call);
        await left.begun.wait();
        return [submitted] as const;
      },
      { signals: false },
    );
    assert.equal(await future, 'CancelledError');
    await untilCancelled(left);
  });
});

describeExecutors('callbacks: waiting without a loop', (executor) => {
  it('resultSync() in the worker waits while the callback awaits', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const open = new Event();
    const wait = callback(async (value: string) => {
      await open.wait();
      return value;
    });
    const openIt = callback(() => open.set());
    const job = (wait: Callback<[string], string>): string => wait('value').resultSync();
    const waiting = pool.submit(job, wait);
    await pool.submit((openIt: Signal) => openIt().resultSync(), openIt);
    assert.equal(await waiting, 'value');
  });

  it('resultSync({ timeout }) in the worker ends the wait, not the call', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const open = new Event();
    const wait = callback(async () => {
      await open.wait();
      return 'late';
    });
    const openIt = callback(() => open.set());
    const job = (wait: Callback<[], string>, openIt: Signal): string[] => {
      const call = wait();
      let name = 'none';
      try {
        call.resultSync({ timeout: 5 });
      } catch (error) {
        name = (error as Error).name;
      }
      openIt();
      return [name, call.resultSync()];
    };
    assert.deepEqual(await pool.submit(job, wait, openIt), ['TimeoutError', 'late']);
  });

  it('thousands of calls fit in, though nobody waits for the first', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    let sum = 0;
    const add = callback((x: number, _ballast: string) => (sum += x));
    const job = (add: Callback<[number, string], number>): number => {
      for (let x = 1; x < 3000; x++) void add(x, 'x'.repeat(x % 500));
      return add(3000, '').resultSync();
    };
    assert.equal(await pool.submit(job, add), (3000 * 3001) / 2);
    assert.equal(sum, (3000 * 3001) / 2);
  });

  it('only the reply completes the future of a call', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const job = async (fn: Double): Promise<unknown[]> => {
      const call = fn(4);
      const refused: unknown[] = [];
      for (const complete of [() => call.setResult(5), () => call.setException(new Error('not so'))]) {
        try {
          complete();
        } catch (error) {
          refused.push((error as Error).name);
        }
      }
      return [...refused, await call];
    };
    assert.deepEqual(await pool.submit(job, callback(double)), ['InvalidStateError', 'InvalidStateError', 8]);
  });

  it('resultSync() here, while the job needs this loop, is an error instead of a wait without end', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const future = pool.submit(async (fn: Double) => fn(4), callback(double));
    assert.throws(
      () => future.resultSync(),
      (error) => error instanceof InvalidStateError && /double/.test(error.message),
    );
    // Nothing is lost by it.
    assert.equal(await future, 8);
  });

  it('so it is for a job that waits behind one that does', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const first = pool.submit(async (fn: Double) => fn(4), callback(double));
    const second = pool.submit(double, 3);
    assert.throws(() => second.resultSync(), InvalidStateError);
    assert.deepEqual(await Promise.all([first, second]), [8, 6]);
  });

  it('not so for one that a further worker can run', async (t) => {
    const cores = availableParallelism();
    const pool = executor.open(t, { maxWorkers: cores + 1 });
    const futures = Array.from({ length: cores }, () => pool.submit(async (fn: Double) => fn(4), callback(double)));
    assert.equal(pool.submit(double, 3).resultSync(), 6);
    for (const future of futures) assert.equal(await future, 8);
  });

  it('with a timeout it waits that long', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const future = pool.submit(async (fn: Double) => fn(4), callback(double));
    assert.throws(() => future.resultSync({ timeout: 300 }), TimeoutError);
    assert.equal(await future, 8);
  });

  it('resultSync() here gets the result of a job that does not wait for its calls', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const heard: string[] = [];
    const say = callback((text: string) => void heard.push(text));
    const job = (say: Callback<[string], void>): number => {
      void say('hello');
      return 1;
    };
    assert.equal(pool.submit(job, say).resultSync({ timeout: 20_000 }), 1);
    await sleep(0);
    assert.deepEqual(heard, ['hello']);
  });
});
