import assert from 'node:assert/strict';
import { describe } from 'node:test';
import {
  allTasks,
  asCompleted,
  cancellable,
  Condition,
  createTask,
  ensureFuture,
  Future,
  gather,
  getRunningLoop,
  InvalidOptionError,
  moveOnAfter,
  shield,
  sleep,
  taskGroup,
  timeout,
  timeoutAt,
  wait,
  waitFor,
} from 'offloop';
import { Sequencer, VirtualClock } from 'offloop/testing';
import { collectReports, inRun, settle } from '../../conformance/python/support.ts';

/** That the call is refused with just this message. */
async function refused(call: () => unknown, message: string): Promise<void> {
  await assert.rejects(
    async () => call(),
    (error) => {
      assert.ok(error instanceof InvalidOptionError, String(error));
      assert.equal(error.message, message);
      return true;
    },
  );
}

const A_TARGET = 'a future, a promise or an async function';

describe('what no caller can have meant is refused, with what was expected and what came', () => {
  inRun('loop.debug and loop.slowCallbackDuration', async () => {
    const loop = getRunningLoop();
    await refused(() => (loop.debug = 'yes' as never), 'debug must be true or false; received "yes"');
    await refused(() => (loop.debug = 1 as never), 'debug must be true or false; received 1');
    assert.equal(loop.debug, false);
    for (const [bad, shown] of [
      ['10', '"10"'],
      [Number.NaN, 'NaN'],
      [undefined, 'undefined'],
      [null, 'null'],
    ] as const) {
      const message = `slowCallbackDuration must be a number of milliseconds; received ${shown}`;
      await refused(() => (loop.slowCallbackDuration = bad as number), message);
    }
    assert.equal(loop.slowCallbackDuration, 100);
    loop.slowCallbackDuration = 20;
    assert.equal(loop.slowCallbackDuration, 20);
  });

  inRun('loop.callExceptionHandler() of no context: neither handler hears of it', async () => {
    const reports = collectReports();
    const loop = getRunningLoop();
    for (const [bad, shown] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['it failed', '"it failed"'],
    ] as const) {
      const message = `context must be an object such as { message, exception }; received ${shown}`;
      await refused(() => loop.callExceptionHandler(bad as never), message);
    }
    assert.deepEqual(reports, []);
  });

  inRun('what to wait for: a message says who takes what', async () => {
    await refused(() => ensureFuture(5 as never), `ensureFuture() takes ${A_TARGET}; received 5`);
    await refused(() => shield(undefined as never), `shield() takes ${A_TARGET}; received undefined`);
    await refused(() => shield([sleep(0)] as never), `shield() takes ${A_TARGET}; received an array of 1`);
    await refused(() => waitFor('task' as never, 5), `waitFor() takes ${A_TARGET}; received "task"`);
    await refused(() => cancellable(5 as never), 'promise must be a promise; received 5');
  });

  inRun('what to wait for, in a list: a message counts', async () => {
    let started = 0;
    const fn = async (): Promise<void> => void started++;
    await refused(() => asCompleted([fn, 5 as never]), `futures[1] must be ${A_TARGET}; received 5`);
    await refused(() => gather([fn, {}] as never), `items[1] must be ${A_TARGET}; received an object`);
    await refused(
      () => wait([new Future(), fn as never]),
      'futures[1] must be a future or a task: make a task of a function with createTask(), a future of a promise with ensureFuture(); received function fn',
    );
    await refused(
      () => asCompleted(createTask(fn) as never),
      'futures must be an array, or another iterable, of futures, promises or async functions; received an instance of Task',
    );
    await settle();
    assert.equal(started, 1, 'of a list that is refused none is started');
  });

  inRun('times', async () => {
    let called = 0;
    const fn = (): void => void called++;
    const ms = 'ms must be a number of milliseconds, or null for no limit; received "5"';
    await refused(() => timeout('5' as never, fn), ms);
    await refused(() => moveOnAfter('5' as never, fn), ms);
    await refused(() => waitFor(async () => fn(), '5' as never), ms);
    await refused(
      () => timeoutAt(Number.NaN, fn),
      'at must be a time of loop.time(), or null for no limit; received NaN',
    );
    await refused(() => sleep('5' as never), 'ms must be a number of milliseconds; received "5"');
    await timeout(null, async (t) => {
      await refused(
        () => t.reschedule('5' as never),
        'at must be a time of loop.time(), or null for no limit; received "5"',
      );
      assert.equal(t.when(), null);
    });
    const loop = getRunningLoop();
    await refused(
      () => loop.callLater(undefined as never, fn),
      'ms must be a number of milliseconds; received undefined',
    );
    await refused(() => loop.callAt('noon' as never, fn), 'when must be a time of loop.time(); received "noon"');
    await settle();
    assert.equal(called, 0);
  });

  inRun('condition.notify() of no number, condition.waitFor() of no function', async () => {
    const condition = new Condition();
    await condition.run(async () => {
      await refused(() => condition.notify(-1), 'n must be an integer of at least 0; received -1');
      await refused(() => condition.notify('x' as never), 'n must be an integer of at least 0; received "x"');
      await refused(() => condition.waitFor(5 as never), 'predicate must be a function; received 5');
    });
  });

  inRun('tg.start() of no function, allTasks() of no loop', async () => {
    await refused(
      () => taskGroup((tg) => tg.start(5 as never)),
      'fn must be an async function (ready) => …; received 5',
    );
    await refused(() => allTasks(5 as never), 'loop must be a Loop; received 5');
    await refused(() => allTasks(null as never), 'loop must be a Loop; received null');
  });

  inRun('a step of a sequencer that is refused leaves its place free', async () => {
    const sequencer = new Sequencer();
    await refused(() => sequencer.step(0, 5 as never), 'fn must be a function; received 5');
    await refused(() => sequencer.step(-1, () => {}), 'position must be an integer of at least 0; received -1');
    assert.equal(await sequencer.step(0, () => 1), 1);
  });

  inRun('a virtual clock that is told to jump by no boolean, to advance by no time', async () => {
    using clock = new VirtualClock({ autojump: false });
    await refused(() => (clock.autojump = 'yes' as never), 'autojump must be true or false; received "yes"');
    await refused(() => clock.advance(-1), 'ms must be a number of milliseconds, at least 0; received -1');
    assert.equal(clock.now(), 0);
  });
});
