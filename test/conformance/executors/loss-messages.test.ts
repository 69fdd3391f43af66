import assert from 'node:assert/strict';
import { BrokenExecutorError, TimeoutError, WorkerLostError, type Future, type PoolOptions } from 'offloop';
import { describeExecutors, it, type Pool } from './describe-executors.ts';
import { exitWith, fillHeap, killMyself, rejectOutside, spin, throwOutside } from '../../fixtures/tasks/exits.ts';

/** `Kind-0_0 (process 1)` as `Kind-#_0`: what changes from run to run is not the message's point. */
const plain = (text: string): string =>
  text.replaceAll(/PoolExecutor-\d+/g, 'PoolExecutor-#').replaceAll(/ \(process \d+\)/g, '');

async function errorOf(future: Future): Promise<Error> {
  const error = await future.exception();
  assert.ok(error instanceof Error, String(error));
  // Where in the pool it was made tells nobody anything; where the job was submitted does.
  if (!(error instanceof BrokenExecutorError)) {
    assert.match(error.stack ?? '', /submitted from: ---\n.*loss-messages\.test/);
    assert.doesNotMatch(error.stack ?? '', /Dispatcher/);
  }
  return error;
}

describeExecutors('what the error of a lost worker tells its reader', (executor) => {
  const who = `${executor.name}-#_0`;
  const cases: [what: string, options: PoolOptions, submit: (pool: Pool) => Future, message: string][] = [
    [
      'process.exit() in a task',
      {},
      (pool) => pool.submit(exitWith, 7),
      `${who} exited with code 7 while it ran "exitWith" (process.exit() ends a worker)`,
    ],
    [
      'a name given to the task',
      {},
      (pool) => pool.with({ name: 'resize a.jpg' }).submit(exitWith, 0),
      `${who} exited with code 0 while it ran "resize a.jpg" (process.exit() ends a worker)`,
    ],
    [
      'the last of several tries',
      {},
      (pool) => pool.with({ retries: 2 }).submit(exitWith, 7),
      `${who} exited with code 7 while it ran "exitWith", the last of 3 tries (process.exit() ends a worker)`,
    ],
    [
      'an error in a callback',
      {},
      (pool) => pool.submit(throwOutside, 'thrown outside'),
      `${who} was ended by an error that nobody caught, RangeError: thrown outside, while it ran "throwOutside"`,
    ],
    [
      'a rejection of a promise that nobody waits for',
      {},
      (pool) => pool.submit(rejectOutside, 'rejected'),
      `${who} was ended by an error that nobody caught, RangeError: rejected, while it ran "rejectOutside"`,
    ],
    [
      'a rejection that is no error',
      {},
      (pool) =>
        pool.submit(function rejectText() {
          void Promise.reject('only text');
          return new Promise(() => setInterval(() => {}, 1000));
        }),
      `${who} was ended by a rejection that nobody handled, of "only text", while it ran "rejectText"`,
    ],
    [
      'a full heap',
      { resourceLimits: { maxOldGenerationSizeMb: 24 } },
      (pool) => pool.submit(fillHeap),
      executor.containsCrashes
        ? `${who} was ended by SIGABRT while it ran "fillHeap" (as when it runs out of heap; resourceLimits give it 24 MB; see its stderr)`
        : `${who} was ended because it ran out of heap while it ran "fillHeap" (resourceLimits give it 24 MB)`,
    ],
  ];
  if (executor.containsCrashes) {
    cases.push(
      [
        'kill -9',
        {},
        (pool) => pool.submit(killMyself, 'SIGKILL'),
        `${who} was ended by SIGKILL while it ran "killMyself" (as by a system that runs out of memory)`,
      ],
      [
        'a crash in native code',
        {},
        (pool) => pool.submit(killMyself, 'SIGSEGV'),
        `${who} was ended by SIGSEGV while it ran "killMyself" (a crash in native code)`,
      ],
      [
        'any other signal',
        {},
        (pool) => pool.submit(killMyself, 'SIGHUP'),
        `${who} was ended by SIGHUP while it ran "killMyself"`,
      ],
    );
  }
  for (const [what, options, submit, message] of cases) {
    it(what, async (t) => {
      const error = await errorOf(submit(executor.open(t, { maxWorkers: 1, ...options })));
      assert.ok(error instanceof WorkerLostError, String(error));
      assert.equal(plain(error.message), message);
    });
  }

  it('a time limit', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const error = await errorOf(pool.with({ timeout: 20 }).submit(spin, executor.tally(t)));
    assert.ok(error instanceof TimeoutError, String(error));
    assert.equal(error.message, '"spin" ran longer than its timeout of 20 ms');
  });
});

describeExecutors('what the error of a broken pool tells its reader', (executor) => {
  const pool = `${executor.name}-#`;

  it('an initializer that throws', async (t) => {
    const initializer = (): void => {
      throw new Error('no database');
    };
    const error = await errorOf(executor.open(t, { initializer }).submit(() => 1));
    assert.ok(error instanceof BrokenExecutorError, String(error));
    assert.equal(plain(error.message), `The initializer of ${pool} failed, so it takes no jobs any more: no database`);
  });

  it('workers that end while they start', async (t) => {
    const initializer = (): never => process.exit(3);
    const error = await errorOf(executor.open(t, { initializer }).submit(() => 1));
    assert.ok(error instanceof BrokenExecutorError, String(error));
    const hint = executor.containsCrashes ? ' (see its stderr)' : '';
    assert.match(
      plain(error.message),
      new RegExp(
        `^${pool} cannot start a worker: ${pool}_\\d exited with code 3 while it started${hint.replaceAll(/[()]/g, '\\$&')}$`,
      ),
    );
  });

  it('options that Node does not take', async (t) => {
    const error = await errorOf(executor.open(t, { maxWorkers: 1, execArgv: ['--no-such-option'] }).submit(() => 1));
    assert.ok(error instanceof BrokenExecutorError, String(error));
    const why = executor.containsCrashes
      ? `${pool}_0 exited with code 9 while it started (see its stderr: Node takes no such execArgv or NODE_OPTIONS)`
      : 'Initiated Worker with invalid execArgv flags: --no-such-option';
    assert.equal(plain(error.message), `${pool} cannot start a worker: ${why}`);
  });

  it("onWorkerLost: 'break'", async (t) => {
    const broken = executor.open(t, { maxWorkers: 1, onWorkerLost: 'break' });
    const leaving = broken.submit(exitWith, 7);
    const error = await errorOf(broken.submit(() => 1));
    await errorOf(leaving);
    assert.ok(error instanceof BrokenExecutorError, String(error));
    assert.equal(
      plain(error.message),
      `${pool} takes no jobs any more (onWorkerLost: 'break'): ${pool}_0 exited with code 7 while it ran "exitWith" (process.exit() ends a worker)`,
    );
  });
});
