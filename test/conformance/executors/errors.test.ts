import assert from 'node:assert/strict';
import { OffloopError, RemoteError, TimeoutError } from 'offloop';
import { describeExecutors, it, type Pool } from './describe-executors.ts';
import { fail, failAt, failLater, ParseFailure, readMissing, type FailureKind } from '../../fixtures/tasks/failures.ts';

async function failure(pool: Pool, kind: FailureKind): Promise<Error & Record<string, unknown>> {
  const error = await pool.submit(fail, kind).exception();
  assert.ok(error instanceof Error, `${kind} did not arrive as an error`);
  return error as Error & Record<string, unknown>;
}

describeExecutors('errors arrive whole', (executor) => {
  it('CF-CRASH-007 CF-IPE-010 the class and message of the error, and the pool goes on', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await assert.rejects(pool.submit(fail, 'plain').result(), { name: 'Error', message: 'plain failure' });
    const range = await failure(pool, 'range');
    assert.ok(range instanceof RangeError);
    assert.equal(range.message, 'out of range');
    assert.equal(await pool.submit((x: number) => x, 1), 1);
    assert.equal(pool.statistics().workers, 1);
  });

  it('an async function that rejects fails its future the same way', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await assert.rejects(pool.submit(failLater, 'range').result(), RangeError);
  });

  it('it is the same error object every time it is asked for', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const future = pool.submit(fail, 'range');
    const error = await future.exception();
    assert.equal(await future.exception(), error);
    assert.throws(
      () => future.resultNow(),
      (thrown) => thrown === error,
    );
  });

  it('CF-PPE-005 the stack shows the line in the worker and the line that submitted', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const { stack = '' } = await failure(pool, 'plain');
    assert.match(stack, /^Error: plain failure/);
    const remote = stack.search(/tasks\/failures\.(js|ts):\d+/);
    const local = stack.search(/executors\/errors\.test\.(js|ts):\d+/);
    assert.ok(remote !== -1, `no frame of the worker in:\n${stack}`);
    assert.ok(local !== -1, `no frame of the submit site in:\n${stack}`);
    assert.ok(remote < local, 'the remote frames come first');
  });

  const lineOf = (stack = ''): string | undefined => /executors\/errors\.test\.(?:js|ts):(\d+)/.exec(stack)?.[1];

  it('the line that submitted is the right one, however many functions one turn submits', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const many = Array.from({ length: 100 }, (_, i) => pool.submit(() => i));
    const throwing = (): never => {
      throw new Error('not the neighbour');
    };
    const here = lineOf(new Error('here').stack);
    const future = pool.submit(throwing);
    await Promise.all(many);
    const { stack } = (await future.exception()) as Error;
    assert.equal(lineOf(stack?.slice(stack.indexOf('submitted from'))), String(Number(here) + 1));
  });

  it('the line of a map() is shown for items taken long after, also of a view', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    for (const target of [pool, pool.with({ name: 'named' })]) {
      const results = target.map(
        failAt,
        [0, 1, 2, 3].map((index) => ({ index, bad: [3] })),
        { bufferSize: 1 },
      );
      const line = lineOf(new Error('here').stack);
      for (let i = 0; i < 3; i++) assert.equal((await results.next()).value, i);
      const error = (await results.next().catch((thrown: unknown) => thrown)) as Error;
      const submitted = lineOf(error.stack?.slice(error.stack.lastIndexOf('submitted from')));
      assert.ok(Math.abs(Number(submitted) - Number(line)) <= 8, error.stack);
      assert.match(error.stack ?? '', /--- in \w+PoolExecutor-\d+_\d+; submitted from: ---/);
    }
  });

  it('NODE-002 a subclass keeps its name, code and own properties', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = await failure(pool, 'parse');
    assert.equal(error.name, 'ParseFailure');
    assert.equal(error.message, 'data.csv:7 cannot be parsed');
    assert.equal(error['code'], 'ERR_PARSE');
    assert.equal(error['line'], 7);
    assert.deepEqual(error['details'], { file: 'data.csv', tokens: ['a', 'b'] });
    assert.match(error.stack ?? '', /ParseFailure|data\.csv:7 cannot be parsed/);
  });

  it('NODE-002 a subclass of a built-in error is an instance of that built-in', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.ok((await failure(pool, 'parse')) instanceof TypeError);
  });

  it('NODE-002 a class that both sides load is the same class here', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.ok((await failure(pool, 'parse')) instanceof ParseFailure);
  });

  it('CF-CRASH-017 its constructor is not called to build it again', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = await failure(pool, 'parse');
    assert.ok(!/undefined/.test(error.message));
    assert.ok(new ParseFailure('x', 1, { tokens: [] }) instanceof TypeError, 'the class needs three arguments');
  });

  it('NODE-002 the chain of causes arrives, each link whole', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = await failure(pool, 'parseWithCause');
    const middle = error.cause as Error;
    assert.ok(middle instanceof RangeError);
    assert.equal(middle.message, 'no sector');
    const root = middle.cause as NodeJS.ErrnoException;
    assert.ok(root instanceof Error);
    assert.deepEqual([root.message, root.code], ['disk gone', 'EIO']);
    assert.match(middle.stack ?? '', /tasks\/failures\.(js|ts)/);
  });

  it('a chain of thousands of causes arrives, each link whole', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    let link: unknown = await failure(pool, 'manyCauses');
    for (let line = 5_000; line > 0; line -= 1) {
      assert.ok(link instanceof ParseFailure);
      assert.deepEqual([link.code, link.line], ['ERR_PARSE', line]);
      link = link.cause;
    }
    assert.ok(link instanceof RangeError);
  });

  it('a cause that is no error arrives as the value it is', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.deepEqual((await failure(pool, 'causeNotError')).cause, { attempt: 3 });
  });

  it('an error that is its own cause arrives', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = await failure(pool, 'selfCause');
    assert.equal(error.message, 'circular');
  });

  it('NODE-002 an AggregateError brings its errors', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = await failure(pool, 'aggregate');
    assert.ok(error instanceof AggregateError);
    assert.equal(error.message, 'both failed');
    const [first, second] = error.errors as (Error & { code?: string })[];
    assert.ok(first instanceof RangeError);
    assert.deepEqual([first.message, second?.message, second?.code], ['first', 'second', 'E2']);
    assert.equal(error.errors.length, 2);
  });

  it('NODE-002 a DOMException stays one, on every version of Node', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = await failure(pool, 'domException');
    assert.ok(error instanceof DOMException);
    assert.deepEqual([error.name, error.message, error.code], ['AbortError', 'was aborted', 20]);
  });

  it('NODE-002 an error of Node keeps code, errno, syscall and path', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = (await pool.submit(readMissing).exception()) as NodeJS.ErrnoException;
    const { code, syscall, path, errno } = error;
    assert.deepEqual({ code, syscall, path }, { code: 'ENOENT', syscall: 'open', path: '/does/not/exist' });
    assert.equal(typeof errno, 'number');
  });

  it("an error of the library is an instance of the library's class", async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = await failure(pool, 'timeout');
    assert.ok(error instanceof TimeoutError && error instanceof OffloopError);
    assert.equal(error.code, 'ERR_OFFLOOP_TIMEOUT');
  });

  it('a property that cannot travel does not hide the error, nor its other properties', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = await failure(pool, 'uncloneableProperty');
    assert.deepEqual([error.message, error['code'], error['weight']], ['odd luggage', 'ODD', 5]);
    assert.notEqual(typeof error['callback'], 'function');
  });

  for (const [kind, thrown] of [
    ['string', 'only text'],
    ['nothing', undefined],
    ['object', { status: 503 }],
  ] as const) {
    it(`what is thrown and is no error (${kind}) is thrown here as it is`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const [outcome] = await Promise.allSettled([pool.submit(fail, kind)]);
      assert.deepEqual(outcome, { status: 'rejected', reason: thrown });
      assert.equal(pool.statistics().failed, 1);
    });
  }

  it('what is thrown, is no error and cannot travel gives a RemoteError that shows it', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = await failure(pool, 'symbol');
    assert.ok(error instanceof RemoteError);
    assert.match(error.message, /Symbol\(odd\)/);
  });
});
