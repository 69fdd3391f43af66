import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { CancelledError, ExecutorShutDownError, InvalidOptionError, TimeoutError } from 'offloop';
import { collected } from './collected.ts';
import { describeExecutors, it } from './describe-executors.ts';
import { collect, range, settle } from './results.ts';
import { failAt } from '../../fixtures/tasks/failures.ts';
import { hold, mark, pass, type GatedItem } from '../../fixtures/tasks/gated.ts';
import { arrivals, arrive, until } from '../../fixtures/tasks/tally.ts';

function* naturals(pulled?: { count: number }): Generator<number> {
  for (let i = 0; ; i += 1) {
    if (pulled !== undefined) pulled.count += 1;
    yield i;
  }
}

describeExecutors('map', (executor) => {
  for (const options of [{}, { chunkSize: 3 }]) {
    it(`CF-MAP-001 results come in input order, as from a sequential map ${JSON.stringify(options)}`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 3 });
      const pairs = range(10).map((i): [number, number] => [i, i]);
      assert.deepEqual(
        await collect(pool.map(([a, b]: [number, number]) => a ** b, pairs, options)),
        pairs.map(([a, b]) => a ** b),
      );
    });
  }

  it('CF-MAP-002 an error is thrown when its turn comes, and the iteration can go on', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const items = range(5).map((index) => ({ index, bad: [2] }));
    const outcomes = await settle(pool.map(failAt, items));
    assert.deepEqual(
      outcomes.map((outcome) => (outcome instanceof RangeError ? 'failed' : outcome)),
      [0, 1, 'failed', 3, 4],
    );
  });

  it('CF-MAP-004 a failing item does not take the mates of its chunk with it', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const items = range(7).map((index) => ({ index, bad: [1, 5] }));
    const outcomes = await settle(pool.map(failAt, items, { chunkSize: 3 }));
    assert.deepEqual(
      outcomes.map((outcome) => (outcome instanceof RangeError ? 'failed' : outcome)),
      [0, 'failed', 2, 3, 4, 'failed', 6],
    );
  });

  it('CF-MAP-005 what is fast comes, then a TimeoutError, then the end', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const release = executor.tally(t);
    await pool.submit(pass, { value: 0 }); // a worker is up before the clock runs
    const results = pool.map(pass, [{ value: 0 }, { value: 1 }, { value: 2, release }, { value: 3, release }], {
      timeout: 1_000,
      chunkSize: 1,
    });
    assert.deepEqual([(await results.next()).value, (await results.next()).value], [0, 1]);
    await assert.rejects(results.next(), TimeoutError);
    assert.equal((await results.next()).done, true);
    arrive(release);
  });

  it('CF-MAP-006 a TimeoutError thrown by the function is the error of that item', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const items = range(3).map((index) => ({ index, bad: [1], kind: 'timeout' as const }));
    for (const options of [{}, { timeout: 60_000 }]) {
      const [first, second, third] = await settle(pool.map(failAt, items, options));
      assert.equal(first, 0);
      assert.ok(second instanceof TimeoutError && second.message === 'the task itself timed out');
      assert.equal(third, 2);
    }
  });

  it('CF-MAP-007 closing a partly consumed iterator ends it and cancels what is pending', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, ran, release] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const items: GatedItem[] = [
      { value: 0 },
      { value: 1, started, release },
      ...range(4).map((value) => ({ value, started: ran })),
    ];
    const results = pool.map(pass, items, { bufferSize: 6, chunkSize: 1 });
    assert.equal((await results.next()).value, 0);
    await until(started);
    await results.return?.();
    arrive(release);
    assert.equal((await results.next()).done, true);
    await pool.shutdown();
    assert.equal(arrivals(ran), 0, 'nothing behind the running item began');
  });

  it('CF-MAP-009 work begins without anybody iterating, and shutdown lets it end', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const ran = executor.tally(t);
    pool.map(
      pass,
      range(10).map((value) => ({ value, started: ran })),
      { bufferSize: 10 },
    );
    await pool.shutdown();
    assert.equal(arrivals(ran), 10);
  });

  it('CF-MAP-010 a timeout of 0 cancels even the item that is awaited, when no worker took it', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release, ran] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const busy = pool.submit(hold, started, release, 1);
    await until(started);
    const results = pool.map(
      pass,
      [
        { value: 2, started: ran },
        { value: 3, started: ran },
      ],
      { timeout: 0 },
    );
    await assert.rejects(results.next(), TimeoutError);
    await results.return?.();
    arrive(release);
    assert.equal(await busy, 1);
    await pool.shutdown();
    assert.equal(arrivals(ran), 0);
  });

  for (const [option, value] of [
    ['bufferSize', 'foo'],
    ['bufferSize', 2.5],
    ['bufferSize', 0],
    ['bufferSize', -1],
    ['bufferSize', null],
    ['chunkSize', -1],
    ['chunkSize', 0],
    ['chunkSize', 1.5],
    ['chunkSize', '6'],
    ['ordered', 'yes'],
    ['timeout', '5'],
    ['timeout', Number.NaN],
    ['signal', {}],
  ] as const) {
    it(`CF-MAP-011 CF-MAP-012 CF-MAP-022 map throws at once for ${option}: ${inspect(value)}`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const pulled = { count: 0 };
      assert.throws(
        () => pool.map((x: number) => x, naturals(pulled), { [option]: value }),
        (error) => error instanceof InvalidOptionError && error.option === option && error.message.includes('received'),
      );
      assert.equal(pulled.count, 0);
    });
  }

  it('map throws at once for an option it does not know, and names the nearest', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.throws(
      () => pool.map((x: number) => x, [1], { buffersize: 2 } as object),
      (error) =>
        error instanceof InvalidOptionError && /buffersize/.test(error.message) && /bufferSize/.test(error.message),
    );
  });

  for (const [what, value] of [
    ['a number', 3],
    ['nothing', undefined],
    ['an object', {}],
  ] as const) {
    it(`map throws at once for ${what} in the place of the items`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      assert.throws(
        () => pool.map((x: number) => x, value as unknown as number[]),
        (error) => error instanceof InvalidOptionError && error.option === 'items',
      );
    });
  }

  it('CF-MAP-014 several inputs are zipped by the caller, in order', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const pairs = range(6).map((i): [number, number] => [i, 10 + i]);
    assert.deepEqual(
      await collect(pool.map(([a, b]: [number, number]) => a * b, pairs, { bufferSize: 2 })),
      pairs.map(([a, b]) => a * b),
    );
  });

  it('CF-MAP-015 CF-MAP-016 an infinite iterable is not run to its end', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const pulled = { count: 0 };
    const results = pool.map((x: number) => String(x * 2), naturals(pulled), { bufferSize: 2 });
    const first = [await results.next(), await results.next(), await results.next()].map(
      ({ value }) => value as string,
    );
    assert.deepEqual(first, ['0', '2', '4']);
    await results.return?.();
    assert.ok(pulled.count <= 5, `${pulled.count} were pulled for three results and a buffer of two`);
  });

  it('an infinite iterable needs no bufferSize', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const results = pool.map((x: number) => x, naturals());
    assert.deepEqual([(await results.next()).value, (await results.next()).value], [0, 1]);
    await results.return?.();
  });

  it('leaving a for await loop early closes the source', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    let closed = 0;
    function* source(): Generator<number> {
      try {
        yield* naturals();
      } finally {
        closed += 1;
      }
    }
    for await (const value of pool.map((x: number) => x, source(), { bufferSize: 3 })) if (value === 4) break;
    assert.equal(closed, 1);
  });

  it('CF-MAP-017 an empty iterable ends at once', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const results = pool.map((x: number) => x, [], { bufferSize: 2 });
    assert.deepEqual(await results.next(), { done: true, value: undefined });
    assert.deepEqual(await collect(pool.map((x: number) => x, [])), []);
  });

  it('CF-MAP-019 exactly bufferSize items are pulled while nobody iterates', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const pulled = { count: 0 };
    const ran = executor.tally(t);
    function* source(): Generator<GatedItem> {
      for (const value of range(4)) {
        pulled.count += 1;
        yield { value, started: ran };
      }
    }
    const results = pool.map(pass, source(), { bufferSize: 2, chunkSize: 1 });
    await until(ran, 2);
    await pool.submit(mark, ran, 0);
    assert.equal(pulled.count, 2);
    assert.deepEqual(await collect(results), [0, 1, 2, 3]);
  });

  it('CF-MAP-020 the limit holds strictly, also while next() waits for the first result', async (t) => {
    const pool = executor.open(t, { maxWorkers: 4 });
    const [release, ran] = [executor.tally(t), executor.tally(t)];
    let pulled = 0;
    function* source(): Generator<GatedItem> {
      for (const value of range(6)) {
        pulled += 1;
        yield value === 0 ? { value, release } : { value, started: ran };
      }
    }
    const results = pool.map(pass, source(), { bufferSize: 2, chunkSize: 1 });
    const first = results.next();
    await until(ran);
    await pool.submit(mark, ran, 0);
    assert.equal(pulled, 2, 'nothing is pulled in advance of the yield');
    arrive(release);
    assert.equal((await first).value, 0);
    assert.ok(pulled <= 3);
    assert.deepEqual(await collect(results), [1, 2, 3, 4, 5]);
  });

  it('CF-MAP-021 after a shutdown every buffered result is yielded, then the rest is an ExecutorShutDownError', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const results = pool.map((x: number) => x, range(10), { bufferSize: 3, chunkSize: 1 });
    assert.equal((await results.next()).value, 0);
    await pool.shutdown();
    const values: number[] = [];
    await assert.rejects(async () => {
      for await (const value of results) values.push(value);
    }, ExecutorShutDownError);
    assert.deepEqual(values.slice(0, 2), [1, 2]);
    assert.deepEqual(values, range(values.length + 1).slice(1), 'nothing is skipped before the error');
  });

  it('CF-MAP-021 mapping on an executor that is shut down throws at once', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await pool.shutdown();
    assert.throws(() => pool.map((x: number) => x, [1]), ExecutorShutDownError);
  });

  for (const chunkSize of [6, 50, 40]) {
    it(`CF-MAP-022 forty items in chunks of ${chunkSize} equal a sequential map`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 2 });
      assert.deepEqual(
        await collect(pool.map((x: number) => x ** 2, range(40), { chunkSize })),
        range(40).map((x) => x ** 2),
      );
    });
  }

  it('items may come from an async iterable, which is read no further than the buffer', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    async function* source(): AsyncGenerator<number> {
      for (const value of range(8)) {
        await Promise.resolve();
        yield value;
      }
    }
    assert.deepEqual(await collect(pool.map((x: number) => x + 1, source(), { bufferSize: 2 })), range(9).slice(1));
  });

  it('an error of the source comes after the results before it, and ends the iteration', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    function* source(): Generator<number> {
      yield 1;
      yield 2;
      throw new RangeError('the source broke');
    }
    const results = pool.map((x: number) => x, source(), { bufferSize: 8 });
    assert.deepEqual([(await results.next()).value, (await results.next()).value], [1, 2]);
    await assert.rejects(results.next(), { name: 'RangeError', message: 'the source broke' });
    assert.equal((await results.next()).done, true);
  });

  it('unordered results come as they are ready', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const release = executor.tally(t);
    const results = pool.map(pass, [{ value: 0, release }, { value: 1 }, { value: 2 }], {
      ordered: false,
      chunkSize: 1,
    });
    const first = [(await results.next()).value, (await results.next()).value].toSorted(
      (a, b) => Number(a) - Number(b),
    );
    assert.deepEqual(first, [1, 2]);
    arrive(release);
    assert.equal((await results.next()).value, 0);
    assert.equal((await results.next()).done, true);
  });

  it('aborting the signal ends the iteration with a CancelledError and nothing more starts', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const [started, release, ran] = [executor.tally(t), executor.tally(t), executor.tally(t)];
    const controller = new AbortController();
    const items: GatedItem[] = [{ value: 0, started, release }, ...range(5).map((value) => ({ value, started: ran }))];
    const results = pool.map(pass, items, { signal: controller.signal, bufferSize: 6, chunkSize: 1 });
    await until(started);
    const next = results.next();
    controller.abort('enough');
    await assert.rejects(next, (error) => error instanceof CancelledError && error.reason === 'enough');
    assert.equal((await results.next()).done, true);
    arrive(release);
    await pool.shutdown();
    assert.equal(arrivals(ran), 0);
  });

  it('several next() at once get the results in order, each once', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const results = pool.map((x: number) => x, range(6), { bufferSize: 2 });
    const all = await Promise.all(range(8).map(() => results.next()));
    assert.deepEqual(
      all.map(({ done, value }) => (done === true ? 'end' : value)),
      [0, 1, 2, 3, 4, 5, 'end', 'end'],
    );
  });

  it('CF-EXEC-006 the iterator keeps no result it has yielded', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const results = pool.map((x: number) => ({ x, filler: 'y'.repeat(100) }), range(4), { bufferSize: 2 });
    const take = async (): Promise<WeakRef<object>> => new WeakRef((await results.next()).value as object);
    const reference = await take();
    await take();
    assert.ok(await collected(reference));
    await results.return?.();
  });

  it('CF-EXEC-007 a shutdown right after the map of one item more than there are workers returns', async (t) => {
    const pool = executor.open(t, { maxWorkers: 3 });
    const results = pool.map((x: number) => x, range(4));
    await pool.shutdown();
    assert.deepEqual(await collect(results), range(4));
  });
});
