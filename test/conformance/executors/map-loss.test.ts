import assert from 'node:assert/strict';
import { callback, ContextVar, run, SerializationError, transfer, WorkerLostError } from 'offloop';
import { runItem, runItemAsync, type ChunkedItem } from '../../fixtures/tasks/chunked.ts';
import { arrivals, type Tally } from '../../fixtures/tasks/tally.ts';
import { describeExecutors, it } from './describe-executors.ts';
import { range, settle } from './results.ts';

const SIZE = 12;
/** Values, and the names of errors, in the order they come. */
async function outcomesOf(results: AsyncIterator<unknown>): Promise<unknown[]> {
  return (await settle(results)).map((outcome) => (outcome instanceof Error ? outcome.name : outcome));
}

describeExecutors('a worker that is lost with a chunk of a map', (executor) => {
  const itemsWith = (at: number, ran: readonly Tally[], item: Partial<ChunkedItem>): ChunkedItem[] =>
    ran.map((tally, value) => ({ value, ran: tally, ...(value === at && item) }));
  const expected = (at: number): unknown[] => range(SIZE).map((i) => (i === at ? 'WorkerLostError' : i));

  for (const [how, fn] of [
    ['exit', runItem],
    ['exit', runItemAsync],
    ['throw outside', runItem],
  ] as const) {
    for (const at of [0, 5, SIZE - 1]) {
      it(`${fn.name}, ${how}: fails item ${at} only, and runs every item once`, async (t) => {
        const pool = executor.open(t, { maxWorkers: 1 });
        const ran = range(SIZE).map(() => executor.tally(t));
        const outcomes = await outcomesOf(pool.map(fn, itemsWith(at, ran, { end: how }), { chunkSize: SIZE }));
        assert.deepEqual(outcomes, expected(at));
        assert.deepEqual(ran.map(arrivals), range(SIZE).fill(1));
      });
    }
  }

  it('without last words: items that ended keep their results, items that were not begun are run', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, resourceLimits: { maxOldGenerationSizeMb: 24 } });
    const ran = range(SIZE).map(() => executor.tally(t));
    const end = executor.containsCrashes ? 'kill' : 'fill the heap';
    // Items as long as these are reported one by one.
    const items = itemsWith(5, ran, { end }).map((item) =>
      Object.assign(item, { milliseconds: item.value === 5 ? undefined : 3 }),
    );
    assert.deepEqual(await outcomesOf(pool.map(runItem, items, { chunkSize: SIZE })), expected(5));
    assert.deepEqual(ran.map(arrivals), range(SIZE).fill(1));
  });

  it('without last words, short items: none is run twice, and all results are right', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, resourceLimits: { maxOldGenerationSizeMb: 24 } });
    const ran = range(SIZE).map(() => executor.tally(t));
    const end = executor.containsCrashes ? 'kill' : 'fill the heap';
    const warm = executor.tally(t);
    const warmUp = range(300).map((value): ChunkedItem => ({ value, ran: warm }));
    assert.deepEqual(await outcomesOf(pool.map(runItem, warmUp, { chunkSize: 50 })), range(300));
    const outcomes = await outcomesOf(pool.map(runItem, itemsWith(5, ran, { end }), { chunkSize: SIZE }));
    assert.equal(outcomes.length, SIZE);
    assert.equal(outcomes[5], 'WorkerLostError');
    for (const [i, outcome] of outcomes.entries()) assert.ok(outcome === i || outcome === 'WorkerLostError');
    for (const [i, tally] of ran.entries()) assert.ok(arrivals(tally) <= 1, `item ${i} was run twice`);
  });

  it('with retries every item but the one at fault gets its result', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, resourceLimits: { maxOldGenerationSizeMb: 24 } });
    const ran = range(SIZE).map(() => executor.tally(t));
    const end = executor.containsCrashes ? 'kill' : 'fill the heap';
    const results = pool.with({ retries: 1 }).map(runItem, itemsWith(5, ran, { end }), { chunkSize: SIZE });
    assert.deepEqual(await outcomesOf(results), expected(5));
    assert.equal(arrivals(ran[5] as Tally), 2);
  });

  it('several items of one chunk may be at fault', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const ran = range(SIZE).map(() => executor.tally(t));
    const items = ran.map((tally, value): ChunkedItem => ({
      value,
      ran: tally,
      end: value % 4 === 1 ? 'exit' : undefined,
    }));
    const outcomes = await outcomesOf(pool.map(runItem, items, { chunkSize: SIZE }));
    assert.deepEqual(
      outcomes,
      range(SIZE).map((i) => (i % 4 === 1 ? 'WorkerLostError' : i)),
    );
    assert.deepEqual(ran.map(arrivals), range(SIZE).fill(1));
    const { submitted, completed, failed, cancelled } = pool.statistics();
    assert.equal(completed + failed + cancelled, submitted);
  });

  it('without last words, results larger than the pipe: all right, and none is run twice', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, resourceLimits: { maxOldGenerationSizeMb: 24 } });
    const ran = range(SIZE).map(() => executor.tally(t));
    const end = executor.containsCrashes ? 'kill' : 'fill the heap';
    const items = itemsWith(5, ran, { end }).map((item) => Object.assign(item, { returns: 'bytes' }));
    const outcomes = await outcomesOf(pool.map(runItem, items, { chunkSize: SIZE }));
    assert.equal(outcomes.length, SIZE);
    assert.equal(outcomes[5], 'WorkerLostError');
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome !== 'WorkerLostError') assert.deepEqual(outcome, new Uint8Array(1_000_000).fill(i));
    }
    for (const [i, tally] of ran.entries()) assert.ok(arrivals(tally) <= 1, `item ${i} was run twice`);
  });

  it('what is run again has its large buffers, shared memory and functions of the caller', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const double = callback((x: number) => x * 2);
    const offset = callback((x: number) => x + 100);
    const shared = executor.sharesMemory ? new Int32Array(new SharedArrayBuffer(4)) : undefined;
    shared?.fill(7);
    const items = range(SIZE).map((value) => ({ value, bytes: new Uint8Array(100_000).fill(value), double, shared }));
    const results = pool.map(
      async (item: (typeof items)[number]) => {
        if (item.value === 3) process.exit(7);
        const { bytes } = item;
        return [await item.double(bytes[99_999] as number), await offset(item.value), bytes.length, item.shared?.[0]];
      },
      items,
      { chunkSize: SIZE },
    );
    assert.deepEqual(
      await outcomesOf(results),
      range(SIZE).map((i) => (i === 3 ? 'WorkerLostError' : [i * 2, i + 100, 100_000, shared?.[0]])),
    );
  });

  it('what is run again calls back in the context of the submission', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const customer = new ContextVar('customer', { default: 'nobody' });
    const results = await run(async () => {
      customer.set('alice');
      const ask = callback(() => customer.get());
      const again = pool.map(
        async (item: number) => {
          if (item === 3) process.exit(7);
          return ask();
        },
        range(SIZE),
        { chunkSize: SIZE, bufferSize: SIZE },
      );
      customer.set('bob');
      return outcomesOf(again);
    });
    assert.deepEqual(
      results,
      range(SIZE).map((i) => (i === 3 ? 'WorkerLostError' : 'alice')),
    );
  });

  it('unordered results are complete too', async (t) => {
    const pool = executor.open(t, { maxWorkers: 2 });
    const ran = range(SIZE).map(() => executor.tally(t));
    const items = itemsWith(5, ran, { end: 'exit' });
    const outcomes = await outcomesOf(pool.map(runItem, items, { chunkSize: 4, ordered: false }));
    assert.deepEqual(outcomes.map(String).toSorted(), expected(5).map(String).toSorted());
  });

  it('shutdown() waits for the items that are run again', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const ran = range(SIZE).map(() => executor.tally(t));
    const results = pool.map(runItem, itemsWith(2, ran, { end: 'exit' }), { chunkSize: SIZE, bufferSize: SIZE });
    await pool.shutdown();
    assert.deepEqual(ran.map(arrivals), range(SIZE).fill(1));
    assert.deepEqual(await outcomesOf(results), expected(2));
  });

  it('the pool has copied the items: what the caller does to them afterwards is not seen', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    // A worker that is idle is given the caller's own objects.
    await pool.submit(() => 1);
    const items = range(SIZE).map((value) => ({ value, end: value === 3 }));
    const results = pool.map(
      (item: { value: number; end: boolean }) => {
        if (item.end) process.exit(7);
        return item.value;
      },
      items,
      { chunkSize: SIZE },
    );
    for (const item of items) item.value = -1;
    assert.deepEqual(await outcomesOf(results), expected(3));
  });
});

describeExecutors('results of a chunk', (executor) => {
  it('CF-CRASH-011 one that cannot be sent fails its item only, with the path', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const ran = executor.tally(t);
    const items = range(SIZE).map((value): ChunkedItem => ({
      value,
      ran,
      returns: value === 4 ? 'function' : 'object',
    }));
    const errors: unknown[] = [];
    const results = pool.map(runItem, items, { chunkSize: SIZE });
    for (const value of range(SIZE)) {
      try {
        assert.deepEqual((await results.next()).value, { value });
      } catch (error) {
        errors.push(value, error);
      }
    }
    assert.equal(errors[0], 4);
    assert.ok(errors[1] instanceof SerializationError, String(errors[1]));
    assert.equal(errors[1].path, 'result');
  });

  it('come before the chunk has ended', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1, cancelMode: 'terminate' });
    const ran = executor.tally(t);
    const items = range(3).map((value): ChunkedItem => ({ value, ran, milliseconds: value === 2 ? 1_000_000 : 3 }));
    const results = pool.map(runItem, items, { chunkSize: 3 });
    assert.deepEqual([(await results.next()).value, (await results.next()).value], [0, 1]);
    await results.return?.();
  });

  it('with a timeout, which is for one item, items travel alone', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const ran = executor.tally(t);
    const items = range(4).map((value): ChunkedItem => ({ value, ran, milliseconds: value === 1 ? 1_000_000 : 0 }));
    const outcomes = await outcomesOf(pool.with({ timeout: 2_000 }).map(runItem, items, { chunkSize: 4 }));
    assert.deepEqual(outcomes, [0, 'TimeoutError', 2, 3]);
  });

  it('transfer() moves what a result gives away', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const detached = (length: number): number => {
      const state = globalThis as { before?: Uint8Array };
      const left = state.before?.length ?? -1;
      state.before = new Uint8Array(length);
      return transfer({ left, bytes: state.before }, [state.before.buffer]) as unknown as number;
    };
    for (const chunkSize of [1, 3]) {
      const results = pool.map(detached, range(6).fill(10), { chunkSize });
      const lefts: number[] = [];
      for await (const value of results) {
        const { left, bytes } = value as unknown as { left: number; bytes: Uint8Array };
        assert.equal(bytes.length, 10);
        lefts.push(left);
      }
      // The first of a chunk finds what the chunk before it has left.
      if (executor.sharesMemory) assert.equal(lefts[3], 0);
    }
  });

  it('WorkerLostError says which worker, how it ended and during what', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const ran = executor.tally(t);
    const results = pool.map(runItem, [{ value: 0, ran, end: 'exit' as const }]);
    await assert.rejects(results.next(), (error) => {
      assert.ok(error instanceof WorkerLostError, String(error));
      assert.deepEqual([error.exitCode, error.taskName], [7, 'runItem']);
      return true;
    });
  });
});
