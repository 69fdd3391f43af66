import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Project, type Ending } from '../../fixtures/functions/project.js';

// The first thread of a program starts before its pool is loaded, so each case needs a program of its own.

async function first(body: string): Promise<Ending> {
  using project = new Project({
    'main.mjs': `
      import { ProcessPoolExecutor, run, ThreadPoolExecutor, toThread } from 'offloop';
      const print = (value) => console.log(JSON.stringify(value));
      ${body}`,
  });
  return await project.run(['main.mjs']);
}

const printed = (value: unknown): Ending => ({ code: 0, stdout: `${JSON.stringify(value)}\n`, stderr: '' });

const WHO = `async () => {
  const { currentWorker } = await import('offloop/worker');
  const { id, name, executor } = currentWorker();
  return [id, name, executor, process.env.OWN ?? null];
}`;

describe('the first pool of a program', () => {
  const cases: readonly (readonly [options: string, who: readonly unknown[]])[] = [
    ['{}', [0, 'ThreadPoolExecutor-0_0', 'ThreadPoolExecutor-0', null]],
    ["{ threadNamePrefix: 'mine' }", [0, 'mine_0', 'ThreadPoolExecutor-0', null]],
    ["{ env: { OWN: 'own' } }", [0, 'ThreadPoolExecutor-0_0', 'ThreadPoolExecutor-0', 'own']],
    ["{ cancelMode: 'interrupt' }", [0, 'ThreadPoolExecutor-0_0', 'ThreadPoolExecutor-0', null]],
    [
      "{ initializer: () => { process.env.OWN = 'set'; } }",
      [0, 'ThreadPoolExecutor-0_0', 'ThreadPoolExecutor-0', 'set'],
    ],
    ['{ minWorkers: 1 }', [0, 'ThreadPoolExecutor-0_0', 'ThreadPoolExecutor-0', null]],
    ['{ daemon: true }', [0, 'ThreadPoolExecutor-0_0', 'ThreadPoolExecutor-0', null]],
    ['{ maxWorkers: 1, maxQueue: 1 }', [0, 'ThreadPoolExecutor-0_0', 'ThreadPoolExecutor-0', null]],
  ];
  for (const [options, who] of cases)
    it(`runs a job in its first worker, with ${options}, and lets the program end`, async () => {
      const ending = await first(`
        const pool = new ThreadPoolExecutor(${options});
        const told = pool.submit(${WHO});
        const keep = setInterval(() => {}, 1000);
        print(await told);
        clearInterval(keep);`);
      assert.deepEqual(ending, printed(who));
    });

  it('starts one thread for the first job, not two', async () => {
    const ending = await first(`
      const pool = new ThreadPoolExecutor();
      const job = pool.submit((x) => x, 1);
      const { workers } = pool.statistics();
      let threads = 0;
      process.on('worker', () => { threads += 1; });
      await job;
      await pool.submit((x) => x, 2);
      print([workers, threads]);
      await pool.shutdown();`);
    assert.deepEqual(ending, printed([1, 1]));
  });

  it('is as good when it is used otherwise than by submit', async () => {
    const ending = await first(`
      const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
      const mapped = [];
      for await (const value of pool.map((x) => x + 1, [1, 2])) mapped.push(value);
      print([
        mapped,
        await pool.with({ name: 'named' }).submit((x) => x, 3),
        await pool.runOnAll((x) => x, 4),
        await run(() => toThread((x) => x, 5)),
      ]);
      await pool.shutdown();`);
    assert.deepEqual(ending, printed([[2, 3], 3, [4], 5]));
  });

  it('says what is wrong with a thread that cannot be started', async () => {
    const ending = await first(`
      const pool = new ThreadPoolExecutor({ execArgv: ['--no-such-option'] });
      print(await pool.submit((x) => x, 1).catch((error) => [error.name, error.cause?.code]));`);
    assert.deepEqual(ending, printed(['BrokenExecutorError', 'ERR_WORKER_INVALID_EXEC_ARGV']));
  });

  it('loses only the first job when the first thread dies while it starts', async () => {
    const ending = await first(`
      const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
      const lost = pool.submit(() => process.exit(3)).catch((error) => [error.name, error.exitCode]);
      print([await lost, await pool.submit((x) => x, 1)]);
      await pool.shutdown();`);
    assert.deepEqual(ending, printed([['WorkerLostError', 3], 1]));
  });

  it('can be shut down, terminated and asked without having been used', async () => {
    const ending = await first(`
      const [pool, other, third] = [new ThreadPoolExecutor(), new ThreadPoolExecutor(), new ProcessPoolExecutor()];
      await pool.shutdown();
      await other.terminate();
      await third.kill();
      const refused = [];
      for (const used of [pool, other]) try { used.submit((x) => x, 1); } catch (error) { refused.push(error.name); }
      print([third.statistics().workers, refused]);`);
    assert.deepEqual(ending, printed([0, ['ExecutorShutDownError', 'ExecutorShutDownError']]));
  });
});

describe('what is loaded', () => {
  const loaded = `Object.keys((await import('node:module')).createRequire(import.meta.url).cache)
    .map((file) => file.replace(/^.*[\\\\/]dist[\\\\/]/, ''))`;

  it('is next to nothing before a pool is used', async () => {
    const ending = await first(`new ThreadPoolExecutor(); await run(async () => {}); print(${loaded});`);
    assert.deepEqual(ending, printed([]));
  });

  it('is no parser for functions that use nothing from outside', async () => {
    const ending = await first(`
      const pool = new ThreadPoolExecutor();
      await pool.submit((x) => x * 2, 1);
      await pool.submit(function (x) { const y = x + 1; return { y, x: x }; }, 1);
      await pool.shutdown();
      print(${loaded});`);
    assert.deepEqual(ending, printed(['chunks/pools.cjs']));
  });
});
