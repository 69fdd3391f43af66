import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  allTasks,
  createTask,
  Future,
  getRunningLoop,
  InvalidStateError,
  run,
  Runner,
  shield,
  sleep,
  type ExceptionContext,
} from 'offloop';
import { isCancelled } from './support.js';
import { runProgram } from './program.js';

const quiet = { signals: false } as const;

describe('asyncio.run and Runner', () => {
  it('AIO-RUN-001 gives what main returns', async () => {
    assert.equal(await run(async () => 42, quiet), 42);
  });

  it('AIO-RUN-002 throws what main throws', async () => {
    await assert.rejects(
      run(async () => {
        throw new RangeError('spam');
      }, quiet),
      RangeError,
    );
  });

  it('AIO-RUN-004 debug is what is said, else what OFFLOOP_DEBUG says', async () => {
    const debug = async (): Promise<boolean> => getRunningLoop().debug;
    const before = process.env['OFFLOOP_DEBUG'];
    try {
      delete process.env['OFFLOOP_DEBUG'];
      assert.deepEqual([await run(debug, quiet), await run(debug, { ...quiet, debug: true })], [false, true]);
      process.env['OFFLOOP_DEBUG'] = '1';
      assert.deepEqual([await run(debug, quiet), await run(debug, { ...quiet, debug: false })], [true, false]);
    } finally {
      if (before === undefined) delete process.env['OFFLOOP_DEBUG'];
      else process.env['OFFLOOP_DEBUG'] = before;
    }
  });

  it('AIO-RUN-005 run() inside a run is an InvalidStateError', async () => {
    await run(async () => {
      await assert.rejects(
        run(async () => {}),
        /cannot be called from a running event loop/,
      );
    }, quiet);
  });

  it('AIO-RUN-006 what is left is cancelled and awaited before run() returns', async () => {
    const events: string[] = [];
    await run(async () => {
      createTask(async () => {
        try {
          await sleep(60_000);
        } finally {
          await shield(() => sleep(2));
          events.push('cleaned up');
        }
      });
      await sleep(0);
    }, quiet);
    assert.deepEqual(events, ['cleaned up']);
  });

  it('AIO-RUN-007 an error of what is left goes to the exception handler, the result stays', async () => {
    const reports: ExceptionContext[] = [];
    const error = new RangeError('late');
    const value = await run(async () => {
      getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context));
      const left = createTask(async () => {
        try {
          await sleep(60_000);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- the case
          throw error;
        }
      });
      await sleep(0);
      assert.ok(left);
      return 'result';
    }, quiet);
    assert.equal(value, 'result');
    assert.deepEqual(
      reports.map(({ message, exception }) => [message, exception]),
      [['unhandled exception during run() shutdown', error]],
    );
    assert.ok(reports[0]?.task);
  });

  it('AIO-RUN-010 a Runner runs several, on one loop; closed it refuses', async () => {
    const loops = new Set();
    const runner = new Runner(quiet);
    for (const value of [1, 2]) {
      assert.equal(
        await runner.run(async () => {
          loops.add(getRunningLoop());
          return value;
        }),
        value,
      );
    }
    await runner[Symbol.asyncDispose]();
    assert.deepEqual([...loops], [runner.loop]);
    await assert.rejects(
      runner.run(async () => {}),
      /Runner is closed/,
    );
  });

  it('AIO-RUN-011 close() closes', async () => {
    const runner = new Runner(quiet);
    await runner.close();
    await assert.rejects(
      runner.run(async () => {}),
      InvalidStateError,
    );
  });

  it('AIO-RUN-012 close() twice is nothing', async () => {
    const runner = new Runner(quiet);
    await runner.close();
    await runner.close();
  });

  it('AIO-RUN-014 runner.run() inside runner.run() is an InvalidStateError', async () => {
    await using runner = new Runner(quiet);
    await runner.run(async () => {
      await assert.rejects(
        runner.run(async () => {}),
        /Runner\.run\(\) cannot be called from a running event loop/,
      );
    });
  });

  it('AIO-RUN-015 run() takes whatever can be awaited', async () => {
    const future = new Future<number>();
    future.setResult(42);
    assert.equal(await run(future, quiet), 42);
    assert.equal(await run(Promise.resolve(1), quiet), 1);
  });

  it('AIO-RUN-016 SIGINT cancels main and what it waits for; run() throws with the signal as source', async () => {
    const { code, stdout } = await runProgram(
      `
      const future = new Future();
      const alive = setInterval(() => {}, 1000);
      try {
        await run(async () => {
          setImmediate(() => process.kill(process.pid, 'SIGINT'));
          await future;
        });
      } catch (error) {
        console.log(error.name, error.source, error.reason, future.cancelled());
      }
      clearInterval(alive);
      `,
    );
    assert.deepEqual([code, stdout], [130, 'CancelledError signal SIGINT true\n']);
  });

  it('AIO-RUN-017 SIGINT reaches a main that spins on sleep(0)', async () => {
    const { code, stdout, stderr } = await runProgram(
      `
      await run(async () => {
        process.kill(process.pid, 'SIGINT');
        try {
          for (;;) await sleep(0);
        } finally {
          console.log('cleaned up');
        }
      });
      `,
    );
    assert.deepEqual([code, stdout, stderr], [130, 'cleaned up\n', '']);
  });

  it('AIO-RUN-019 a second SIGINT ends the process at once', async () => {
    const { code, stdout } = await runProgram(
      `
      await run(async () => {
        process.kill(process.pid, 'SIGINT');
        try {
          await sleep(60_000);
        } finally {
          console.log('cleaning up');
          process.kill(process.pid, 'SIGINT');
          await shield(() => sleep(60_000));
          console.log('not here');
        }
      });
      `,
    );
    assert.deepEqual([code, stdout], [130, 'cleaning up\n']);
  });

  it('AIO-RUN-020 a signal the program listens to itself is left to it; afterwards no listener stays', async () => {
    const { code, stdout } = await runProgram(
      `
      process.on('SIGINT', () => console.log('mine'));
      await run(async () => {
        process.kill(process.pid, 'SIGINT');
        await sleep(50);
      });
      console.log(process.listenerCount('SIGINT'), process.listenerCount('SIGTERM'));
      `,
    );
    assert.deepEqual([code, stdout], [0, 'mine\n1 0\n']);
  });

  it('AIO-RUN-021 in a worker, where signals do not come, run() works', async () => {
    const { code, stdout } = await runProgram(
      `
      import { Worker, isMainThread } from 'node:worker_threads';
      if (isMainThread) new Worker(new URL(import.meta.url));
      else console.log(await run(async () => process.listenerCount('SIGINT')));
      `,
    );
    assert.deepEqual([code, stdout], [0, '0\n']);
  });

  it('AIO-RUN-024 the end is in order: tasks, then the default executor', async () => {
    const events: string[] = [];
    await run(async () => {
      getRunningLoop().setDefaultExecutor({
        submit: () => {
          throw new Error('not used');
        },
        shutdown: async () => void events.push(`executor, ${allTasks().size} tasks`),
      });
      createTask(async () => {
        try {
          await sleep(60_000);
        } finally {
          events.push('task');
        }
      });
      await sleep(0);
    }, quiet);
    assert.deepEqual(events, ['task', 'executor, 0 tasks']);
  });

  it('NODE-012 one SIGTERM is a clean-up and 143, drain bounds it', async () => {
    const graceful = await runProgram(
      `
      await run(async () => {
        process.kill(process.pid, 'SIGTERM');
        try {
          await sleep(60_000);
        } finally {
          await shield(() => sleep(5));
          console.log('cleaned up');
        }
      }, { drain: 10_000 });
      `,
    );
    assert.deepEqual([graceful.code, graceful.stdout], [143, 'cleaned up\n']);
    const stuck = await runProgram(
      `
      await run(async () => {
        process.kill(process.pid, 'SIGTERM');
        try {
          await sleep(60_000);
        } finally {
          await shield(() => sleep(60_000));
        }
      }, { drain: 50 });
      `,
    );
    assert.equal(stuck.code, 143);
    assert.match(stuck.stderr, /Clean-up after SIGTERM took longer than 50 ms/);
  });

  it('a program that has handled the signal goes on: its clean-up is over', async () => {
    const { code, stdout, stderr } = await runProgram(
      `
      const runner = new Runner({ drain: 1 });
      await runner.run(async () => {
        process.kill(process.pid, 'SIGTERM');
        await sleep(60_000);
      }).catch((error) => console.log(error.source));
      console.log(await runner.run(() => sleep(50, 'another run')));
      await runner.close();
      await new Promise((resolve) => setTimeout(resolve, 50));
      console.log('after it');
      `,
    );
    assert.deepEqual([code, stdout, stderr], [143, 'signal\nanother run\nafter it\n', '']);
  });

  it('a signal ends all runs that are on', async () => {
    const { code, stdout } = await runProgram(
      `
      const one = () => run(() => sleep(60_000)).catch((error) => error.source);
      const both = Promise.all([one(), one()]);
      process.kill(process.pid, 'SIGTERM');
      console.log(await both);
      `,
    );
    assert.deepEqual([code, stdout], [143, "[ 'signal', 'signal' ]\n"]);
  });

  it('a first signal while run() ends its tasks waits for that, then does what it does to any program', async () => {
    const { signal, stdout } = await runProgram(
      `
      await run(async () => {
        createTask(async () => {
          try {
            await sleep(60_000);
          } finally {
            process.kill(process.pid, 'SIGTERM');
            await shield(() => sleep(50));
            console.log('cleaned up');
          }
        });
        await sleep(0);
      });
      await sleep(50);
      console.log('went on');
      `,
    );
    assert.deepEqual([signal, stdout], ['SIGTERM', 'cleaned up\n']);
  });

  it('a second signal while run() ends its tasks ends the process', async () => {
    const { code, stdout } = await runProgram(
      `
      await run(async () => {
        createTask(async () => {
          try {
            await sleep(60_000);
          } finally {
            process.kill(process.pid, 'SIGTERM');
            await shield(() => sleep(60_000));
          }
        });
        process.kill(process.pid, 'SIGTERM');
        await sleep(60_000);
      });
      `,
    );
    assert.deepEqual([code, stdout], [143, '']);
  });

  it('a signal reaches pools: what runs in a thread is stopped, the process ends', async () => {
    const { code, stdout } = await runProgram(
      `
      await run(async () => {
        const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
        try {
          setTimeout(() => process.kill(process.pid, 'SIGINT'), 100);
          await pool.submit(() => { for (;;); });
        } finally {
          await shield(() => pool.shutdown());
          console.log('closed');
        }
      });
      `,
    );
    assert.deepEqual([code, stdout], [130, 'closed\n']);
  });

  it('main that catches the cancellation and returns ends well', async () => {
    const { code, stdout } = await runProgram(
      `
      console.log(await run(async () => {
        process.kill(process.pid, 'SIGINT');
        await sleep(60_000).catch(() => {});
        return 'handled';
      }));
      `,
    );
    assert.deepEqual([code, stdout], [0, 'handled\n']);
  });

  it('another error while a signal is on is printed as ever', async () => {
    const { code, stderr } = await runProgram(
      `
      await run(async () => {
        process.kill(process.pid, 'SIGINT');
        await sleep(60_000).catch(() => { throw new RangeError('clean-up failed'); });
      });
      `,
    );
    assert.equal(code, 1);
    assert.match(stderr, /RangeError: clean-up failed/);
  });

  it('a signal option cancels main', async () => {
    const controller = new AbortController();
    const running = run(() => sleep(60_000), { ...quiet, signal: controller.signal });
    controller.abort('enough');
    await assert.rejects(running, isCancelled('enough'));
  });
});
