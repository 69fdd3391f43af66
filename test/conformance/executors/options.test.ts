import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { InvalidOptionError, type PoolOptions } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';

/** What the message must hold: the option, what was expected and what came. */
const invalid =
  (option: string, ...parts: RegExp[]) =>
  (error: unknown) => {
    assert.ok(error instanceof InvalidOptionError, String(error));
    assert.equal(error.code, 'ERR_OFFLOOP_INVALID_OPTION');
    assert.equal(error.option, option);
    for (const part of [new RegExp(option.replaceAll('.', '\\.')), ...parts]) assert.match(error.message, part);
    return true;
  };

const shown = (value: unknown): string => inspect(value);

const BAD_POOL_OPTIONS: readonly (readonly [keyof PoolOptions, readonly unknown[], RegExp])[] = [
  ['maxWorkers', [0, -1, 1.5, Number.NaN, Infinity, '4', true, null, {}], /integer|whole|positive|at least/i],
  ['minWorkers', [-1, 0.5, '1', true, Number.NaN, Infinity], /integer|whole|at least/i],
  ['maxTasksPerWorker', [0, -1, 2.5, '3', Number.NaN], /integer|whole|positive|at least/i],
  ['idleTimeout', [-1, '100', Number.NaN, true, {}], /millisecond/i],
  ['maxQueue', [-1, 1.5, '10', Number.NaN, true], /integer|whole|at least/i],
  ['maxHeap', [0, -1, '100', Number.NaN], /byte|integer/i],
  ['threadNamePrefix', [5, {}, null, true], /string/i],
  ['initializer', ['initialise', 5, {}, null, true], /function/i],
  ['initArgs', ['a', 5, { 0: 'a', length: 1 }, null], /array/i],
  ['cancelMode', ['kill', 1, true, ''], /terminate/],
  ['onWorkerLost', ['retry', 1, true], /break/],
  ['daemon', ['yes', 1, null], /boolean|true or false/i],
  ['resourceLimits', [5, 'big', null], /object/i],
  ['execArgv', ['--expose-gc', 5, [1], null], /array/i],
];

describeExecutors('options', (executor) => {
  for (const [option, values, expected] of BAD_POOL_OPTIONS) {
    for (const value of values) {
      it(`CF-EXEC-004 CF-INIT-002 ${option}: ${shown(value)} (${typeof value}) is refused by the constructor`, async (t) => {
        assert.throws(() => executor.open(t, { [option]: value }), invalid(option, expected, /received/));
      });
    }
  }

  it('minWorkers above maxWorkers is refused, naming both', async (t) => {
    assert.throws(
      () => executor.open(t, { minWorkers: 3, maxWorkers: 2 }),
      (error) =>
        error instanceof InvalidOptionError && /minWorkers/.test(error.message) && /maxWorkers/.test(error.message),
    );
  });

  for (const [wrong, nearest] of [
    ['maxWorker', 'maxWorkers'],
    ['max_workers', 'maxWorkers'],
    ['maxThreads', undefined],
    ['threadNameprefix', 'threadNamePrefix'],
    ['idleTimeOut', 'idleTimeout'],
    ['initialiser', 'initializer'],
  ] as const) {
    it(`an option it does not know (${wrong}) is refused${nearest === undefined ? '' : `, and ${nearest} is suggested`}`, async (t) => {
      assert.throws(
        () => executor.open(t, { [wrong]: 4 }),
        invalid(wrong, nearest === undefined ? /./ : new RegExp(`\\b${nearest}\\b`)),
      );
    });
  }

  for (const options of ['4', 4, true, null, [4]]) {
    it(`options that are no object (${shown(options)}) are refused`, async (t) => {
      assert.throws(() => executor.open(t, options as unknown as PoolOptions), InvalidOptionError);
    });
  }

  it('undefined stands for the default, for every option', async (t) => {
    const options = Object.fromEntries(BAD_POOL_OPTIONS.map(([option]) => [option, undefined])) as PoolOptions;
    const pool = executor.open(t, options);
    assert.equal(await pool.submit((x: number) => x, 1), 1);
  });

  it('initArgs that cannot be sent are refused before any job is queued', async (t) => {
    assert.throws(() => {
      const pool = executor.open(t, {
        maxWorkers: 1,
        initializer: () => {},
        initArgs: [() => 1],
      });
      void pool.submit((x: number) => x, 1);
    }, /initArgs\[0\]|args\[0\]/);
  });

  for (const [option, values, expected] of [
    ['signal', [{}, 'abort', null, new AbortController()], /AbortSignal/],
    ['timeout', ['5', Number.NaN, -1, {}, true], /millisecond/i],
    ['priority', ['high', Number.NaN, {}, true], /number|integer/i],
    ['key', [5, {}, null], /string/i],
    ['name', [5, {}, null], /string/i],
    ['retries', [-1, 1.5, '2', Number.NaN], /integer|whole|at least/i],
  ] as const) {
    for (const value of values) {
      const kind = typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
      it(`with({ ${option}: ${shown(value)} (${kind}) }) is refused`, async (t) => {
        const pool = executor.open(t, { maxWorkers: 1 });
        assert.throws(() => pool.with({ [option]: value }), invalid(option, expected, /received/));
      });
    }
  }

  it('with() names the option nearest to one it does not know', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.throws(() => pool.with({ prority: 1 } as object), invalid('prority', /\bpriority\b/));
  });

  for (const [option, values, expected] of [
    ['wait', ['no', 0, null], /boolean|true or false/i],
    ['cancelFutures', ['yes', 1, null], /boolean|true or false/i],
    ['timeout', ['5', Number.NaN, -1], /millisecond/i],
  ] as const) {
    for (const value of values) {
      it(`shutdown({ ${option}: ${shown(value)} (${typeof value}) }) is refused and the pool stays open`, async (t) => {
        const pool = executor.open(t, { maxWorkers: 1 });
        await assert.rejects(async () => pool.shutdown({ [option]: value }), invalid(option, expected, /received/));
        assert.equal(await pool.submit((x: number) => x, 1), 1);
      });
    }
  }

  it('shutdown() names the option nearest to one it does not know', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    await assert.rejects(
      async () => pool.shutdown({ cancelFuture: true } as object),
      invalid('cancelFuture', /\bcancelFutures\b/),
    );
  });

  for (const value of ['5', Number.NaN]) {
    it(`result({ timeout: ${shown(value)} (${typeof value}) }) is refused`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const future = pool.submit((x: number) => x, 1);
      await assert.rejects(
        async () => future.result({ timeout: value as number }),
        invalid('timeout', /millisecond/, /received/),
      );
      await future;
    });
  }
});
