import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTask, Future, getRunningLoop, InvalidOptionError, run, sleep, type Loop } from 'offloop';
import { collectReports, inRun, inTime, settle } from './support.js';
import { runProgram } from './program.js';

describe('loop scheduling', () => {
  inRun('AIO-LOOP-001 callSoon() is first come, first served, and can be taken back', async () => {
    const loop = getRunningLoop();
    const order: unknown[] = [];
    loop.callSoon((a: number, b: string) => order.push([a, b]), 1, 'b');
    const handle = loop.callSoon(() => order.push('never'));
    loop.callSoon(() => order.push('last'));
    handle.cancel();
    await sleep(0);
    assert.deepEqual([order, handle.cancelled()], [[[1, 'b'], 'last'], true]);
  });

  inTime('AIO-LOOP-002 callLater() calls when the time has come', async () => {
    const loop = getRunningLoop();
    const called: number[] = [];
    const handle = loop.callLater(10_000, () => called.push(loop.time()));
    assert.equal(handle.when(), 10_000);
    assert.throws(() => loop.callLater(null as never, () => {}), InvalidOptionError);
    await sleep(20_000);
    assert.deepEqual(called, [10_000]);
  });

  inRun('AIO-LOOP-004 callAt() is not early', async () => {
    const loop = getRunningLoop();
    for (let round = 0; round < 10; round++) {
      const when = loop.time() + round / 3;
      const at = new Future<number>();
      loop.callAt(when, () => at.setResult(loop.time()));
      assert.ok((await at) >= when);
    }
    assert.throws(() => loop.callAt(undefined as never, () => {}), InvalidOptionError);
  });

  inRun('AIO-LOOP-005 what a callback schedules comes in the next turn', async () => {
    const loop = getRunningLoop();
    const order: string[] = [];
    loop.callSoon(() => {
      order.push('first');
      loop.callSoon(() => order.push('next turn'));
    });
    loop.callSoon(() => order.push('second'));
    await settle();
    assert.deepEqual(order, ['first', 'second', 'next turn']);
  });

  inTime('AIO-LOOP-006 cancelled timers are gone at once', async (clock) => {
    const loop = getRunningLoop();
    const handles = Array.from({ length: 200 }, () => loop.callLater(60_000, () => {}));
    for (const handle of handles) handle.cancel();
    assert.equal(clock.pending, 0);
  });

  inTime('AIO-LOOP-007 a cancelled handle is never called', async () => {
    let called = false;
    getRunningLoop()
      .callLater(10, () => (called = true))
      .cancel();
    await sleep(100);
    assert.equal(called, false);
  });

  it('outside every run there is one loop for the thread, and tasks run on it', async () => {
    const loop = getRunningLoop();
    assert.equal(getRunningLoop(), loop);
    assert.equal(await createTask(async () => getRunningLoop()), loop);
    await run(async () => assert.notEqual(getRunningLoop(), loop), { signals: false });
  });
});

describe('debug mode and error reports', () => {
  it('AIO-DBG-001 OFFLOOP_DEBUG switches it on, unless it is empty or 0', async () => {
    for (const [value, expected] of [
      [undefined, false],
      ['', false],
      ['0', false],
      ['1', true],
    ] as const) {
      const { stdout } = await runProgram('console.log(getRunningLoop().debug);', {
        env: { OFFLOOP_DEBUG: value },
      });
      assert.equal(stdout, `${expected}\n`);
    }
  });

  inRun('AIO-DBG-002 loop.debug can be set at run time', () => {
    const loop = getRunningLoop();
    loop.debug = true;
    assert.equal(loop.debug, true);
    loop.debug = false;
    assert.equal(loop.debug, false);
  });

  inRun('AIO-DBG-005 what cannot be called is an InvalidOptionError', () => {
    const loop = getRunningLoop();
    for (const call of [
      () => loop.callSoon(1 as never),
      () => loop.callLater(1, 1 as never),
      () => loop.callAt(1, 1 as never),
    ]) {
      assert.throws(call, /fn must be a function.*received 1/);
    }
  });

  inRun('AIO-DBG-006 a callback that throws is reported, the loop goes on', async () => {
    const reports = collectReports();
    const exception = new RangeError('in the callback');
    getRunningLoop().callSoon(function callback() {
      throw exception;
    });
    await settle();
    assert.match(String(reports[0]?.message), /^Exception in callback .*callback/);
    assert.equal(reports[0]?.exception, exception);
  });

  inRun('AIO-DBG-007 a task that fails unseen is reported', async () => {
    const reports = collectReports();
    const task = createTask(async () => {
      throw new RangeError('unseen');
    });
    await settle();
    assert.deepEqual(
      reports.map(({ message, future }) => [message, future]),
      [['Task exception was never retrieved', task]],
    );
  });

  inRun('AIO-DBG-009 an exception handler is a function or null', () => {
    assert.throws(() => getRunningLoop().setExceptionHandler('spam' as never), InvalidOptionError);
    getRunningLoop().setExceptionHandler(null);
  });

  it('AIO-DBG-010 a handler that throws: the default one tells of both', async () => {
    const { stderr, code } = await runProgram(
      `
      await run(async () => {
        const loop = getRunningLoop();
        loop.setExceptionHandler(() => { throw new RangeError('broken handler'); });
        loop.callExceptionHandler({ message: 'the original' });
      });
      `,
    );
    assert.equal(code, 0);
    assert.match(stderr, /Unhandled error in exception handler/);
    assert.match(stderr, /the original/);
    assert.match(stderr, /broken handler/);
  });

  inRun('AIO-DBG-011 when the default one throws too the loop survives', async () => {
    const loop = getRunningLoop() as Loop & { defaultExceptionHandler: () => void };
    const written: string[] = [];
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (text: string) => written.push(text) > 0;
    try {
      loop.setExceptionHandler(() => {
        throw new RangeError('first');
      });
      loop.defaultExceptionHandler = () => {
        throw new RangeError('second');
      };
      loop.callExceptionHandler({ message: 'the original' });
    } finally {
      process.stderr.write = write;
    }
    assert.match(written.join(''), /Exception in default exception handler while handling an unexpected error/);
    await settle();
  });

  it('a callback that holds the loop is named, with its task', async () => {
    const { stderr } = await runProgram(
      `
      const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
      await run(async () => {
        getRunningLoop().slowCallbackDuration = 20;
        await createTask(async () => { await sleep(1); spin(40); }, { name: 'after a wait' });
        await createTask(async () => { spin(40); }, { name: 'first step' });
      }, { debug: true });
      `,
    );
    assert.match(stderr, /Executing task "after a wait" took 0\.\d+ seconds/);
    assert.match(stderr, /Executing task "first step" took 0\.\d+ seconds/);
  });

  it('reports of slow callbacks do not report each other', async () => {
    const { code, stderr } = await runProgram(
      `
      await run(async () => {
        getRunningLoop().slowCallbackDuration = 0;
        await createTask(async () => { await sleep(1); }, { name: 'quick' });
      }, { debug: true });
      `,
    );
    assert.equal(code, 0);
    assert.match(stderr, /Executing task "quick" took 0\.\d+ seconds/);
  });

  it('blocks side by side that all end with the cancellation around them swallowed none', async () => {
    const { stdout, stderr } = await runProgram(
      `
      const { timeout } = await import('offloop');
      const block = () => timeout(60_000, () => sleep(60_000));
      await run(() => timeout(1, () => Promise.all([block(), block()])), { debug: true }).catch(console.log);
      `,
    );
    assert.match(stdout, /TimeoutError/);
    assert.doesNotMatch(stderr, /caught a CancelledError/);
  });

  it('swallowed cancellations, forgotten tasks and held locks are named', async () => {
    const { stderr } = await runProgram(
      `
      await run(async () => {
        await taskGroup(async (tg) => {
          tg.createTask(async () => {
            for (let round = 0; round < 3; round++) await sleep(60_000).catch(() => {});
          }, { name: 'swallower' });
          await sleep(1);
          tg.cancel();
        });
        const lock = new Lock();
        await lock.acquire();
        createTask(() => sleep(60_000), { name: 'forgotten' });
        await sleep(1);
      }, { debug: true });
      `,
    );
    assert.match(stderr, /swallower caught a CancelledError and went on waiting/);
    assert.match(stderr, /forgotten was still running when run\(\) ended/);
    assert.match(stderr, /A Lock was still held when run\(\) ended/);
    assert.match(stderr, /main\.mjs/);
  });
});
