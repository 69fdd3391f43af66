import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inspect } from 'node:util';
import { cancellable, CancelledError, createTask, currentTask, Future, sleep, TimeoutError, wait } from 'offloop';
import { FOREVER, inRun, inTime, isCancelled, settle } from './support.js';

describe('cancelling tasks', () => {
  inTime('AIO-CANC-001 a sleeping task that is cancelled is done and cancelled', async () => {
    const task = createTask(() => sleep(10_000));
    await sleep(1);
    assert.equal(task.cancel(), true);
    await assert.rejects(task.result(), isCancelled());
    assert.deepEqual([task.done(), task.cancelled(), task.cancel()], [true, true, false]);
  });

  inRun('AIO-CANC-002 a task between two turns is cancelled when it comes back', async () => {
    const task = createTask(async () => {
      await sleep(0);
      await sleep(0);
      return 12;
    });
    await sleep(0);
    task.cancel();
    await assert.rejects(task.result(), isCancelled());
    assert.equal(task.cancelled(), true);
  });

  inRun('AIO-CANC-004 task and future cancelled together end in one CancelledError', async () => {
    const future = new Future();
    let seen = 0;
    const task = createTask(async () => {
      try {
        await future;
      } catch (error) {
        seen++;
        throw error;
      }
    });
    await settle();
    future.cancel();
    task.cancel();
    await assert.rejects(task.result(), isCancelled());
    assert.equal(seen, 1);
  });

  inRun('AIO-CANC-005 a task that catches the cancellation and returns has its result', async () => {
    const future = new Future();
    const task = createTask(async () => {
      try {
        await future;
        return 1;
      } catch (error) {
        isCancelled()(error);
        return 42;
      }
    });
    await settle();
    task.cancel();
    assert.equal(await task, 42);
    assert.deepEqual([future.cancelled(), task.cancelled()], [true, false]);
  });

  inRun('AIO-CANC-006 cancel() is delivered once: the next await is not cancelled', async () => {
    const [first, second] = [new Future<number>(), new Future<number>()];
    const task = createTask(async () => {
      await first.catch(() => {});
      return await second;
    });
    await settle();
    task.cancel();
    await settle();
    assert.deepEqual([first.cancelled(), second.done(), task.done()], [true, false, false]);
    second.setResult(42);
    assert.equal(await task, 42);
  });

  inRun('AIO-CANC-007 a task that cancels itself is cancelled at its next await', async () => {
    const future = new Future();
    const task = createTask(async () => {
      currentTask()?.cancel('self');
      await future;
      return 12;
    });
    await assert.rejects(task.result(), isCancelled('self'));
    assert.equal(future.cancelled(), true);
  });

  inRun('a task that cancels itself and then returns is cancelled', async () => {
    const task = createTask(async () => {
      currentTask()?.cancel('self');
      return 12;
    });
    await assert.rejects(task.result(), isCancelled('self'));
  });

  inRun('AIO-CANC-009 a pending self-cancel reaches the nested task that is awaited next', async () => {
    const future = new Future();
    const nested = createTask(async () => await future);
    const task = createTask(async () => {
      currentTask()?.cancel();
      await nested;
    });
    await assert.rejects(task.result(), isCancelled());
    assert.equal(nested.cancelled(), true);
  });

  inTime('AIO-CANC-010 cancelling() counts the requests', async () => {
    const task = createTask(() => sleep(10_000));
    await sleep(1);
    assert.equal(task.cancelling(), 0);
    assert.equal(task.cancel(), true);
    assert.equal(task.cancel(), true);
    assert.equal(task.cancelling(), 2);
    assert.match(inspect(task), /cancelling/);
    await assert.rejects(task.result());
  });

  inTime('AIO-CANC-011 uncancel() takes a request back', async () => {
    const task = createTask(async () => {
      try {
        await sleep(10_000);
      } catch (error) {
        isCancelled()(error);
        currentTask()?.uncancel();
      }
      await sleep(10_000);
    });
    await sleep(1);
    task.cancel();
    assert.equal(task.cancelling(), 1);
    await sleep(1);
    assert.deepEqual([task.cancelling(), task.done()], [0, false]);
    task.cancel();
    await assert.rejects(task.result(), isCancelled());
    assert.deepEqual([task.cancelled(), task.cancelling()], [true, 1]);
    assert.equal(task.uncancel(), 0);
    assert.equal(task.cancelled(), true);
  });

  inTime('uncancel() to zero drops a request that was not delivered', async () => {
    await createTask(async () => {
      currentTask()?.cancel();
      assert.equal(currentTask()?.uncancel(), 0);
      await sleep(1);
    });
  });

  inTime('AIO-CANC-012 a hand-written timeout with cancel() and uncancel() balances', async () => {
    const within = async (ms: number, fn: () => Promise<void>): Promise<void> => {
      const task = currentTask();
      let fired = false;
      const handle = createTask(async () => {
        await sleep(ms);
        fired = true;
        task?.cancel();
      });
      try {
        await fn();
      } catch (error) {
        if (fired && task?.uncancel() === 0) throw new TimeoutError('mine', { cause: error });
        throw error;
      } finally {
        handle.cancel();
      }
    };
    await createTask(async () => {
      await assert.rejects(
        within(10, () => sleep(1_000)),
        TimeoutError,
      );
      assert.equal(currentTask()?.cancelling(), 0);
      await within(1_000, () => sleep(10));
      assert.equal(currentTask()?.cancelling(), 0);
    });
  });

  inRun('AIO-CANC-014 two cancels before the task comes back are one, with the first reason', async () => {
    const seen: unknown[] = [];
    const task = createTask(async () => {
      for (let round = 0; round < 2; round++) {
        try {
          await sleep(0);
        } catch (error) {
          seen.push((error as CancelledError).reason);
        }
      }
    });
    await Promise.resolve();
    await Promise.resolve();
    task.cancel('a');
    task.cancel('b');
    assert.equal(task.cancelling(), 2);
    await task;
    assert.deepEqual(seen, ['a']);
  });

  inRun('AIO-CANC-015 cancelled before its first step, the body never runs', async () => {
    let ran = false;
    const task = createTask(async () => {
      ran = true;
    });
    task.cancel();
    await assert.rejects(task.result(), isCancelled());
    await settle();
    assert.deepEqual([ran, task.cancelled()], [false, true]);
  });

  inRun('AIO-CANC-016 cancelled before its first step, it carries the reason', async () => {
    const task = createTask(async () => {});
    task.cancel('my message');
    await assert.rejects(task.exception(), isCancelled('my message'));
  });

  inRun('AIO-CANC-017 the CancelledError carries the reason', async () => {
    const task = createTask(() => sleep(60_000));
    await settle();
    task.cancel('my message');
    await assert.rejects(task.result(), isCancelled('my message'));
  });

  inRun('AIO-CANC-019 exception() throws the same CancelledError as result()', async () => {
    const task = createTask(() => sleep(60_000));
    await settle();
    task.cancel('my message');
    const first = await task.result().catch((error: unknown) => error);
    await assert.rejects(task.exception(), (error) => error === first);
  });

  inRun('AIO-CANC-020 a cancellation made into another error is its cause', async () => {
    const task = createTask(async () => {
      try {
        await sleep(60_000);
      } catch (error) {
        throw new RangeError('translated', { cause: error });
      }
    });
    await settle();
    task.cancel('msg');
    const error = (await task.exception()) as Error;
    assert.ok(error instanceof RangeError);
    assert.equal((error.cause as CancelledError).reason, 'msg');
  });

  inRun('AIO-CANC-024 the innermost await ends first, then the error unwinds', async () => {
    const order: string[] = [];
    const future = new Future();
    const note = (name: string) => (error: unknown) => {
      order.push(name);
      throw error;
    };
    const inner = createTask(async () => await future.catch(note('inner')));
    const outer = createTask(async () => await inner.catch(note('outer')));
    await settle();
    outer.cancel();
    await assert.rejects(outer.result(), isCancelled());
    assert.deepEqual([order, future.cancelled(), inner.cancelled()], [['inner', 'outer'], true, true]);
  });

  inTime('AIO-CANC-025 a cancelled wait() leaves its tasks alone', async () => {
    const inner = createTask(() => sleep(100, 'done'));
    const outer = createTask(() => wait([inner]));
    await sleep(1);
    outer.cancel();
    await assert.rejects(outer.result(), isCancelled());
    assert.equal(inner.done(), false);
    assert.equal(await inner, 'done');
  });

  inTime('AIO-CANC-026 cancelling a sleep clears its timer', async (clock) => {
    const task = createTask(() => sleep(60_000));
    await settle();
    assert.equal(clock.pending, 1);
    task.cancel();
    assert.equal(clock.pending, 0);
    await assert.rejects(task.result());
  });

  inTime('AIO-CANC-027 a long sleeper ends when it is cancelled', async (clock) => {
    const task = createTask(() => sleep(5_000_000));
    await sleep(100);
    task.cancel();
    await assert.rejects(task.result(), isCancelled());
    assert.equal(clock.now(), 100);
  });

  inRun('a foreign promise is not interrupted, the next wait of the library is', async () => {
    const order: string[] = [];
    let release = (): void => {};
    const foreign = new Promise<void>((resolve) => (release = resolve));
    const task = createTask(async () => {
      await foreign;
      order.push('went on');
      await sleep(0);
      order.push('not here');
    });
    await settle();
    task.cancel();
    await settle();
    assert.equal(task.done(), false);
    release();
    await assert.rejects(task.result(), isCancelled());
    assert.deepEqual(order, ['went on']);
  });

  inRun('cancellable(promise) makes a foreign promise interruptible', async () => {
    const task = createTask(() => cancellable(FOREVER));
    await settle();
    task.cancel();
    await assert.rejects(task.result(), isCancelled());
  });

  inRun('two waits of one task are ended by one cancel', async () => {
    const task = createTask(() => Promise.all([sleep(60_000), sleep(60_000)]));
    await settle();
    task.cancel('both');
    await assert.rejects(task.result(), isCancelled('both'));
  });
});
