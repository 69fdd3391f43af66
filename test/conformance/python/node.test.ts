import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { describe, it, mock } from 'node:test';
import {
  createTask,
  Event,
  Future,
  getRunningLoop,
  isCancellation,
  currentSignal,
  Lock,
  Queue,
  run,
  Semaphore,
  shield,
  sleep,
  taskGroup,
  timeout,
  TimeoutError,
} from 'offloop';
import { collectReports, inRun, isCancelled, settle } from './support.js';
import { runProgram } from './program.js';

describe('what Python has no test for', () => {
  it('NODE-006 a deadlock is reported: every task, what it waits for, and a code that is not zero', async () => {
    const { code, stderr } = await runProgram(
      `
      await run(async () => {
        const lock = new Lock();
        const queue = new Queue();
        await lock.acquire();
        createTask(() => lock.acquire(), { name: 'locker' });
        createTask(() => queue.get(), { name: 'getter' });
        createTask(() => new Promise(() => {}), { name: 'outsider' });
        await new Event().wait();
      });
      `,
    );
    assert.equal(code, 13);
    assert.match(stderr, /Deadlock: every task waits/);
    assert.match(stderr, /locker waits for lock\.acquire\(\)/);
    assert.match(stderr, /getter waits for queue\.get\(\)/);
    assert.match(stderr, /outsider waits for a promise that is not the library's/);
    assert.match(stderr, /Task-\d+ waits for event\.wait\(\)/);
  });

  it('NODE-006 also while run() ends what is left', async () => {
    const { code, stderr } = await runProgram(
      `
      await run(async () => {
        const stuck = async () => {
          try {
            await sleep(60_000);
          } finally {
            await shield(() => new Event().wait());
          }
        };
        createTask(stuck, { name: 'background' });
        await sleep(0);
      });
      `,
    );
    assert.equal(code, 13);
    assert.match(stderr, /Deadlock: every task waits.*\n\s+background waits for event\.wait\(\)/);
  });

  it('NODE-006 in debug mode with the lines', async () => {
    const { stderr } = await runProgram(
      `
      async function stuck() {
        await new Event().wait();
      }
      await run(stuck, { debug: true });
      `,
    );
    assert.match(stderr, /waits for event\.wait\(\)\n\s+at stuck \(.*main\.mjs:4/);
  });

  inRun('NODE-008 an aborted signal refuses, one that aborts ends the wait, none leaves a listener', async () => {
    const held = new Lock();
    await held.acquire();
    const waits: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
      sleep: (signal) => sleep(60_000, undefined, { signal }),
      lock: (signal) => held.acquire({ signal }),
      semaphore: (signal) => new Semaphore(0).acquire({ signal }),
      get: (signal) => new Queue().get({ signal }),
      event: (signal) => new Event().wait({ signal }),
      future: (signal) => new Future().result({ signal }),
    };
    for (const [name, wait] of Object.entries(waits)) {
      await assert.rejects(wait(AbortSignal.abort('before')), isCancelled('before'), name);
      const controller = new AbortController();
      const waiting = wait(controller.signal);
      assert.equal(getEventListeners(controller.signal, 'abort').length, 1, name);
      controller.abort('meanwhile');
      await assert.rejects(waiting, isCancelled('meanwhile'), name);
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0, name);
    }
    const controller = new AbortController();
    for (let round = 0; round < 50; round++) await sleep(0, undefined, { signal: controller.signal });
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    controller.abort();
    await settle();
  });

  inRun('NODE-009 a failed task is reported once; awaited in the same turn it is not', async () => {
    const reports = collectReports();
    const rejections: unknown[] = [];
    const onRejection = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', onRejection);
    createTask(async () => Promise.reject(new RangeError('unseen')));
    const seen = createTask(async () => Promise.reject(new RangeError('seen')));
    await Promise.resolve();
    await assert.rejects(seen.result(), /seen/);
    await settle();
    process.off('unhandledRejection', onRejection);
    assert.deepEqual([reports.length, rejections], [1, []]);
  });

  it('NODE-013 fake timers of node:test are honoured', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const order: string[] = [];
      const sleeping = sleep(60_000).then(() => order.push('slept'));
      const timed = timeout(30_000, () => sleep(60_000)).catch((error: unknown) => {
        assert.ok(error instanceof TimeoutError);
        order.push('timed out');
      });
      mock.timers.tick(30_000);
      await timed;
      mock.timers.tick(30_000);
      await sleeping;
      assert.deepEqual(order, ['timed out', 'slept']);
    } finally {
      mock.timers.reset();
    }
  });

  inRun('NODE-014 using and await using work as TypeScript compiles them for Node 20', async () => {
    const lock = new Lock();
    {
      using _guard = await lock.acquire();
      assert.equal(lock.locked(), true);
    }
    assert.equal(lock.locked(), false);
    using handle = getRunningLoop().callLater(60_000, () => {});
    assert.equal(handle.cancelled(), false);
  });

  it('a program that makes no task and no scope never has an AsyncLocalStorage', async () => {
    const { stdout } = await runProgram(
      `
      import { createRequire } from 'node:module';
      const { AsyncLocalStorage } = createRequire(import.meta.url)('node:async_hooks');
      let entered = 0;
      for (const name of ['run', 'enterWith']) {
        const original = AsyncLocalStorage.prototype[name];
        AsyncLocalStorage.prototype[name] = function (...args) { entered++; return original.apply(this, args); };
      }
      const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
      const futures = [1, 2, 3].map((n) => pool.submit((x) => x * 2, n));
      console.log((await gather(futures)).join(), await runInExecutor(pool, () => 7));
      for await (const _ of pool.map((x) => x, [1, 2, 3]));
      for await (const _ of pool.stream(function* () { yield 1; }));
      const view = pool.with({ timeout: 60_000 });
      const stopped = view.submit(() => { for (;;); });
      stopped.addDoneCallback(() => {});
      await pool.ready();
      stopped.cancel();
      await stopped.exception().catch(() => {});
      await toThread(() => 1);
      await pool.shutdown();
      console.log(entered);
      `,
    );
    assert.equal(stdout, '2,4,6 7\n0\n');
  });

  inRun('currentSignal() cuts off foreign work, and its error counts as the cancellation', async () => {
    const { setTimeout: nodeSleep } = await import('node:timers/promises');
    const seen: boolean[] = [];
    const task = createTask(async () => {
      try {
        await nodeSleep(60_000, undefined, { signal: currentSignal() });
      } catch (error) {
        seen.push(isCancellation(error));
        throw error;
      }
    });
    await settle();
    task.cancel('enough');
    await assert.rejects(task.result(), isCancelled());
    assert.deepEqual(seen, [true]);
    const error = await timeout(5, () => nodeSleep(60_000, undefined, { signal: currentSignal() })).catch(
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof TimeoutError);
  });

  inRun('the losers of a race do not take from a queue after their task has ended', async () => {
    const queue = new Queue<number>();
    await createTask(() => Promise.race([queue.get(), sleep(1)]));
    assert.equal(queue.statistics().waitingGets, 0);
    queue.putNowait(1);
    assert.equal(await queue.get(), 1);
  });

  inRun('a shield in a group that is cancelled keeps the scopes in it alive', async () => {
    const events: string[] = [];
    await taskGroup(async (tg) => {
      tg.createTask(async () => {
        try {
          await sleep(60_000);
        } finally {
          await shield(() =>
            taskGroup(async (inner) => {
              inner.createTask(async () => {
                await sleep(1);
                events.push('cleaned up');
              });
            }),
          );
        }
      });
      await sleep(1);
      tg.cancel();
    });
    assert.deepEqual(events, ['cleaned up']);
  });

  it('another AsyncLocalStorage does not see that ours exists', async () => {
    const storage = new AsyncLocalStorage<number>();
    await storage.run(1, () => run(async () => assert.equal(storage.getStore(), 1), { signals: false }));
  });
});
