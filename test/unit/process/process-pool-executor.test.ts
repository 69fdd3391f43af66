import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { InvalidStateError, ProcessPoolExecutor, SerializationError, WorkerLostError, type PoolOptions } from 'offloop';

const onWindows = process.platform === 'win32';

function open(t: TestContext, options: PoolOptions = {}): ProcessPoolExecutor {
  const pool = new ProcessPoolExecutor({ maxWorkers: 1, ...options });
  t.after(() => pool.shutdown({ timeout: 5000 }));
  return pool;
}

/** Runs a program of its own and gives what it printed. */
async function program(source: string): Promise<string> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source], { cwd: import.meta.dirname });
  return stdout;
}

/** Resolves when no process has this id any more. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('ProcessPoolExecutor', () => {
  it('runs functions in another process', async (t) => {
    const pool = open(t);
    assert.notEqual(await pool.submit(() => process.pid), process.pid);
  });

  it('CF-PPE-009 sequential tasks share one process', async (t) => {
    const pool = open(t, { maxWorkers: 4 });
    const pids = new Set<number>();
    for (let i = 0; i < 3; i++) pids.add(await pool.submit(() => process.pid));
    assert.equal(pids.size, 1);
  });

  it('CF-PPE-011 maxTasksPerWorker replaces a process after so many tasks', async (t) => {
    const pool = open(t, { maxTasksPerWorker: 3 });
    const pids: number[] = [];
    for (let i = 0; i < 4; i++) pids.push(await pool.submit(() => process.pid));
    assert.equal(new Set(pids.slice(0, 3)).size, 1);
    assert.notEqual(pids[3], pids[0]);
  });

  it('CF-PPE-016 replacements are started after shutdown({ wait: false })', async () => {
    const pool = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerWorker: 1 });
    const futures = [1, 2, 3].map((x) => pool.submit((y: number) => y * 2, x));
    await pool.shutdown({ wait: false });
    assert.deepEqual(await Promise.all(futures), [2, 4, 6]);
    await pool.shutdown();
  });

  it('CF-PPE-022 kill() ends a child that ignores SIGTERM, and the pool is closed', async (t) => {
    const pool = open(t);
    const pid = await pool.submit(() => process.pid);
    const future = pool.submit(() => {
      process.on('SIGTERM', () => {});
      for (;;);
    });
    future.catch(() => {});
    await pool.kill();
    await untilGone(pid);
    assert.equal(future.done(), true);
    assert.throws(() => pool.submit(() => 1), /shutdown/);
  });

  it('CF-PPE-024 terminate() and kill() of a pool without workers do nothing', async (t) => {
    await open(t).terminate();
    await open(t).kill();
  });

  it('terminate() follows a SIGTERM that is ignored by SIGKILL', async (t) => {
    const pool = open(t);
    const pid = await pool.submit(() => {
      process.on('SIGTERM', () => {});
      return process.pid;
    });
    await pool.terminate();
    await untilGone(pid);
  });

  it('values larger than the pipe go both ways', async (t) => {
    const pool = open(t);
    const bytes = new Uint8Array(6_000_000).fill(7);
    const back = await pool.submit((sent: Uint8Array) => sent, bytes);
    assert.equal(Buffer.compare(back, bytes), 0);
  });

  it('resultSync() reads the answer from the pipe, large values too', (t) => {
    const pool = open(t);
    assert.equal(pool.submit((x: number) => x * 2, 4).resultSync(), 8);
    const back = pool.submit((sent: Uint8Array) => sent, new Uint8Array(3_000_000).fill(1)).resultSync();
    assert.equal(back.length, 3_000_000);
  });

  it('resultSync() of a process that is lost throws instead of waiting for ever', (t) => {
    const pool = open(t);
    const future = pool.submit(() => process.exit(3));
    assert.throws(() => future.resultSync(), WorkerLostError);
  });

  it('resultSync() says so when the event loop still has to send the arguments', async (t) => {
    const pool = open(t);
    await pool.submit(() => 1);
    const future = pool.submit((sent: Uint8Array) => sent.length, new Uint8Array(40_000_000));
    await Promise.resolve().then(() => {});
    try {
      assert.equal(future.resultSync(), 40_000_000);
    } catch (error) {
      assert.ok(error instanceof InvalidStateError, String(error));
    }
    assert.equal(await future, 40_000_000);
  });

  it('resultSync() says so although another child, which is idle, could be written to', async (t) => {
    const pool = open(t, { maxWorkers: 2 });
    await pool.runOnAll(() => 1);
    const future = pool.submit((sent: Uint8Array) => sent.length, new Uint8Array(80_000_000));
    // The event loop has taken over.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    assert.throws(() => future.resultSync({ timeout: 10_000 }), InvalidStateError);
    assert.equal(await future, 80_000_000);
  });

  it(
    'shutdown({ timeout }) ends a child that somebody has suspended',
    { skip: onWindows && 'there are no such signals' },
    async (t) => {
      const pool = open(t);
      const pid = await pool.submit(() => process.pid);
      process.kill(pid, 'SIGSTOP');
      await pool.shutdown({ timeout: 10 });
      await untilGone(pid);
    },
  );

  it('shared memory cannot be sent, and the error says where it is', async (t) => {
    const pool = open(t);
    const refused = (error: unknown): boolean =>
      error instanceof SerializationError && error.path === 'args[1].words' && /another process/.test(error.message);
    const share = (): unknown =>
      pool.submit((...shared: unknown[]) => shared, 1, { words: new SharedArrayBuffer(4), rows: [] });
    assert.throws(share, refused);
    assert.equal(await pool.submit(() => 1), 1);
    assert.throws(share, refused, 'with a child that is free too');
    assert.equal(await pool.submit(() => 1), 1);
  });

  it('env and execArgv are those of the children', async (t) => {
    const env = { ...process.env, OFFLOOP_TEST_WORD: 'yes' };
    const pool = open(t, { env, execArgv: ['--no-warnings', '--stack-trace-limit=17'] });
    assert.equal(await pool.submit(() => process.env['OFFLOOP_TEST_WORD']), 'yes');
    assert.equal(await pool.submit(() => Error.stackTraceLimit), 17);
  });

  it('children print to the stdout of the program', async () => {
    const out = await program(`
      import { ProcessPoolExecutor } from 'offloop';
      const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
      await pool.submit(() => console.log('from a child'));
      await pool.shutdown();
    `);
    assert.equal(out, 'from a child\n');
  });

  it('CF-SHUT-007 a program ends by itself with an idle pool, and not before a busy one is done', async () => {
    const out = await program(`
      import { ProcessPoolExecutor } from 'offloop';
      const pool = new ProcessPoolExecutor({ maxWorkers: 2 });
      pool.submit(() => new Promise((resolve) => setTimeout(resolve, 100, 'apple'))).then(console.log);
    `);
    assert.equal(out, 'apple\n');
  });

  it('what a task leaves open does not keep its process from leaving', async (t) => {
    const pool = open(t);
    await pool.submit(() => void setInterval(() => {}, 1000));
    await pool.shutdown();
    assert.equal(pool.statistics().workers, 0);
  });

  for (const [what, job] of [
    ['waits', 'return new Promise(() => {})'],
    ['computes for ever', 'for (;;);'],
  ]) {
    it(`a child that ${what} ends when the program is killed by SIGKILL`, { skip: onWindows }, async () => {
      const source = `
        import { ProcessPoolExecutor } from 'offloop';
        const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
        pool.submit(() => { console.log(process.pid); ${job} });
        setInterval(() => {}, 1000);
      `;
      const parent = spawn(process.execPath, ['--input-type=module', '-e', source], {
        cwd: import.meta.dirname,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      parent.kill('SIGKILL');
      await once(parent, 'exit');
      await untilGone(Number(String(line)));
    });
  }

  it('a child that has not been told what to run ends when the program is killed', { skip: onWindows }, async () => {
    const source = `
      import childProcess from 'node:child_process';
      import { syncBuiltinESMExports } from 'node:module';
      import { writeSync } from 'node:fs';
      const { spawn } = childProcess;
      childProcess.spawn = (...args) => {
        writeSync(1, String(spawn(...args).pid));
        process.kill(process.pid, 'SIGKILL');
      };
      syncBuiltinESMExports();
      const { ProcessPoolExecutor } = await import('offloop');
      new ProcessPoolExecutor().submit(() => 1);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', source], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
    await untilGone(Number(String(pid)));
  });
});
