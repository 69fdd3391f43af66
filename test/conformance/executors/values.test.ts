import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { SerializationError, transfer, WorkerLostError } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';
import { overwriteRegExp } from '../../fixtures/tasks/mischief.ts';
import { byteLength, echo, produce } from '../../fixtures/tasks/results.ts';

const uncloneable = (path: string) => (error: unknown) => {
  assert.ok(error instanceof SerializationError, String(error));
  assert.equal(error.path, path);
  assert.ok(error.message.includes(path), error.message);
  return true;
};

function cyclic(): { self?: unknown; list: unknown[] } {
  const value: { self?: unknown; list: unknown[] } = { list: [] };
  value.self = value;
  value.list.push(value);
  return value;
}

describeExecutors('values', (executor) => {
  for (const [what, value] of [
    ['undefined', undefined],
    ['null', null],
    ['numbers', [0, -0, 1.5, Number.NaN, Infinity, -Infinity, Number.MAX_SAFE_INTEGER]],
    ['bigints', [0n, -1n, 2n ** 80n]],
    ['strings', ['', 'ascii', 'Grüße', '日本語', '👍', '\u0000', '\uD800']],
    ['an object', { a: 1, b: { c: [true, false, null, undefined] }, 'a key': 'x' }],
    ['dates and expressions', [new Date(0), /a(b)?/giu]],
    ['a Map and a Set', new Map<unknown, unknown>([[{ key: 1 }, new Set([1, 'two'])]])],
    [
      'typed arrays',
      [new Uint8Array([1, 2]), new Float64Array([1.5]), new BigInt64Array([1n]), new DataView(new ArrayBuffer(3))],
    ],
    ['a cycle', cyclic()],
    ['a sparse array', Object.assign([1, , 3], { extra: 'x' })], // oxlint-disable-line no-sparse-arrays
    ['errors inside', { error: new RangeError('inside') }],
    ['a big string', 'x'.repeat(300_000)],
    ['a big array', Array.from({ length: 20_000 }, (_, i) => i)],
    ['boxed primitives', [Object(1), Object('x'), Object(true)]],
    ['a key named __proto__', JSON.parse('{"__proto__": {"polluted": true}}')],
  ] as readonly [string, unknown][]) {
    it(`${what} go and come back as structured clone has them`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      assert.deepEqual(await pool.submit(echo, value), structuredClone(value));
    });
  }

  it('the same object twice among the arguments stays one object', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const shared = { x: 1 };
    assert.equal(
      await pool.submit((a: { s: object }, b: { s: object }) => a.s === b.s, { s: shared }, { s: shared }),
      true,
    );
  });

  for (const [path, value] of [
    ['args[0]', () => 1],
    ['args[0]', Symbol('s')],
    ['args[0].rows[3].fn', { rows: [1, 2, 3, { fn: () => 1 }] }],
    ['args[0].seen', { seen: new WeakMap() }],
    ['args[0].later', { later: Promise.resolve() }],
  ] as const) {
    it(`NODE-004 CF-CRASH-001 ${path} that cannot be sent (${typeof value}) is a SerializationError at submit`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      assert.throws(() => pool.submit(echo, value), uncloneable(path));
      assert.equal(await pool.submit(echo, 'next'), 'next', 'the pool goes on');
    });
  }

  it('NODE-004 the path counts the argument it is in, and says what to do', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.throws(
      () => pool.submit((_a: number, _b: object) => 1, 1, { 'a key': { fn: () => 1 } }),
      (error) =>
        error instanceof SerializationError && error.path === 'args[1]["a key"].fn' && error.message.length > 40,
    );
  });

  it('a getter that throws among the arguments makes submit throw, with that error at hand', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const boom = new RangeError('the getter threw');
    const value = {
      get x(): number {
        throw boom;
      },
    };
    assert.throws(
      () => pool.submit(echo, value),
      (error) => error === boom || (error instanceof SerializationError && error.cause === boom),
    );
    assert.equal(await pool.submit(echo, 1), 1);
  });

  it('arguments that cannot be sent leave nothing on their signal', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const { signal } = new AbortController();
    assert.throws(
      () =>
        pool.with({ signal }).submit(
          (x: unknown) => x,
          () => 1,
        ),
      SerializationError,
    );
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('CF-CRASH-014 shutting down right after a failed submission returns', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.throws(() => pool.submit(echo, () => 1), SerializationError);
    await pool.shutdown({ wait: false });
    await pool.shutdown();
    assert.equal(pool.statistics().submitted, 0);
  });

  for (const [kind, path] of [
    ['function', 'result.rows[1].fn'],
    ['symbol', 'result'],
    ['weakMap', 'result.seen'],
  ] as const) {
    it(`CF-CRASH-011 a result that cannot be sent (${kind}) fails that task only, with the path`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      await assert.rejects(pool.submit(produce, kind).result(), uncloneable(path));
      assert.equal(await pool.submit(echo, 'next'), 'next');
      assert.equal(pool.statistics().lost, 0);
    });
  }

  it('CF-CRASH-009 a result whose getter throws fails that task only', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = await pool.submit(produce, 'throwingGetter').exception();
    assert.ok(error instanceof Error);
    assert.match(`${error.message} ${String((error.cause as Error | undefined)?.message)}`, /the getter threw/);
    assert.equal(await pool.submit(echo, 'next'), 'next');
    assert.equal(pool.statistics().lost, 0);
  });

  it('CF-IPE-015 CF-CRASH-002 an argument that is sent but cannot be read fails that task only', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await pool.submit(overwriteRegExp, 'throw');
    const [unread, next] = [pool.submit(echo, /x/), pool.submit(echo, 3)];
    await assert.rejects(unread.result(), { name: 'RangeError', message: 'no RegExp can be made here' });
    assert.equal(await next, 3);
    assert.equal(pool.statistics().lost, 0);
  });

  it('CF-CRASH-004 an argument that ends the worker that reads it fails that task only', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await pool.submit(overwriteRegExp, 'exit');
    const [deadly, next] = [pool.submit(echo, /x/), pool.submit(echo, 3)];
    await assert.rejects(
      deadly.result(),
      (error) => error instanceof WorkerLostError && error.exitCode === 5 && error.taskName === 'echo',
    );
    assert.equal(await next, 3);
  });

  it('NODE-011 transfer() moves a buffer: the source is detached', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const bytes = new ArrayBuffer(1024);
    const future = pool.submit(byteLength, transfer(bytes, [bytes]));
    assert.equal(bytes.byteLength, 0, 'moved when submit returns');
    assert.equal(await future, 1024);
  });

  it('NODE-011 without transfer() a buffer is copied', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const bytes = new ArrayBuffer(1024);
    assert.equal(await pool.submit(byteLength, bytes), 1024);
    assert.equal(bytes.byteLength, 1024);
  });

  it('a buffer is moved away for a job with retries, which can send it again', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const bytes = new ArrayBuffer(1024);
    assert.equal(await pool.with({ retries: 1 }).submit(byteLength, transfer(bytes, [bytes])), 1024);
    assert.equal(bytes.byteLength, 0);
  });

  it(
    'a port cannot go with a job that has retries: it is refused before it is moved',
    {
      skip: executor.sharesMemory ? false : 'ports cannot be sent to processes at all',
    },
    async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const { port1, port2 } = new MessageChannel();
      const bytes = new ArrayBuffer(8);
      const say = (bag: { port: MessagePort }): void => bag.port.postMessage('here', []);
      assert.throws(
        () => pool.with({ retries: 1 }).submit(say, transfer({ port: port2, bytes }, [bytes, port2])),
        (error) => uncloneable('args[0].port')(error) && /retries/.test((error as Error).message),
      );
      assert.equal(bytes.byteLength, 8);
      const said = once(port1, 'message');
      await pool.submit(say, transfer({ port: port2 }, [port2]));
      assert.deepEqual(await said, ['here']);
      port1.close();
    },
  );

  it(
    'a SharedArrayBuffer is shared, not copied',
    {
      skip: executor.sharesMemory ? false : 'processes do not share memory',
    },
    async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const cells = new Int32Array(new SharedArrayBuffer(4));
      await pool.submit((shared: Int32Array) => {
        Atomics.store(shared, 0, 42);
      }, cells);
      assert.equal(Atomics.load(cells, 0), 42);
    },
  );
});
