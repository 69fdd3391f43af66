import assert from 'node:assert/strict';
import { CancelledError, ExecutorShutDownError, Queue, TimeoutError } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';
import { collect, range } from './results.ts';
import { pass, type GatedItem } from '../../fixtures/tasks/gated.ts';

/** Items without end, and whether their source was closed. */
class Endless {
  closed = 0;

  *[Symbol.iterator](): Generator<GatedItem> {
    try {
      for (let value = 0; ; value += 1) yield { value };
    } finally {
      this.closed += 1;
    }
  }
}

/** The same, each item after a turn of the loop. */
class EndlessLater {
  closed = 0;

  async *[Symbol.asyncIterator](): AsyncGenerator<GatedItem> {
    try {
      for (let value = 0; ; value += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        yield { value };
      }
    } finally {
      this.closed += 1;
    }
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A closed source has run its `finally`; an asynchronous one when its step under way has ended. */
async function untilClosed(source: { readonly closed: number }): Promise<void> {
  for (let turns = 0; source.closed === 0 && turns < 1_000; turns += 1) await turn();
  assert.equal(source.closed, 1);
}

describeExecutors('the source of a map', (executor) => {
  it('leaving the loop does not wait for a source that waits', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    async function* source(): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => {});
    }
    let seen = 0;
    for await (const value of pool.map((x: number) => x, source())) {
      seen = value;
      break;
    }
    assert.equal(seen, 1);
  });

  it('a queue keeps what is put into it after the loop was left', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const queue = new Queue<number>();
    queue.putNowait(1);
    for await (const value of pool.map((x: number) => x, queue)) if (value === 1) break;
    queue.putNowait(2);
    await turn();
    assert.equal(queue.qsize(), 1);
    assert.equal(await queue.get(), 2);
  });

  for (const Source of [Endless, EndlessLater]) {
    it(`a timeout closes it (${Source.name})`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const source = new Source();
      await assert.rejects(collect(pool.map(pass, source, { timeout: 1 })), TimeoutError);
      await untilClosed(source);
    });

    it(`a signal closes it (${Source.name})`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const [source, controller] = [new Source(), new AbortController()];
      const results = pool.map(pass, source, { signal: controller.signal });
      assert.equal((await results.next()).value, 0);
      controller.abort();
      await assert.rejects(collect(results), CancelledError);
      await untilClosed(source);
    });

    it(`a shutdown of the pool closes it (${Source.name})`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const source = new Source();
      const results = pool.map(pass, source, { bufferSize: 2, chunkSize: 1 });
      assert.equal((await results.next()).value, 0);
      const shutdown = pool.shutdown();
      await assert.rejects(collect(results), ExecutorShutDownError);
      await shutdown;
      await untilClosed(source);
    });
  }

  it('one that has ended, or has thrown, is not closed', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    let closed = 0;
    const source = (last: () => IteratorResult<number, undefined>): Iterable<number> => ({
      [Symbol.iterator]: () => {
        const items = range(3).values();
        return {
          next: () => {
            const step = items.next();
            return step.done === true ? last() : step;
          },
          return: () => {
            closed += 1;
            return { done: true, value: undefined };
          },
        };
      },
    });
    const ended = source(() => ({ done: true, value: undefined }));
    assert.deepEqual(await collect(pool.map((x: number) => x, ended)), range(3));
    const broken = source(() => {
      throw new RangeError('the source broke');
    });
    await assert.rejects(collect(pool.map((x: number) => x, broken)), RangeError);
    assert.equal(closed, 0);
  });
});
