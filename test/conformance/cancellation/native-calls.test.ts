import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { CancelledError, ThreadPoolExecutor } from 'offloop';
import { whenRunning } from '../executors/when-running.ts';

const notLinux = process.platform === 'linux' ? false : 'children of a thread can be found on Linux only';
const run = promisify(execFile);

describe('a native call that cannot be stopped', () => {
  it('a thread that waits for a child process is freed, and shutdown() returns', { skip: notLinux }, async () => {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const { future } = await whenRunning((onProgress) =>
      pool.with({ onProgress }).submit(async () => {
        const { progress } = await import('offloop/worker');
        const { execSync } = await import('node:child_process');
        progress(1);
        execSync('sleep 3600');
      }),
    );
    future.cancel();
    await assert.rejects(future.result(), CancelledError);
    assert.equal(await pool.submit(() => 3), 3);
    await pool.shutdown({ timeout: 1 });
  });

  it('shutdown({ timeout }) and the end of the program do not wait for it', { skip: notLinux }, async () => {
    const source = `
      import { ThreadPoolExecutor } from 'offloop';
      const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
      const started = new Promise((resolve) => {
        pool.with({ onProgress: resolve }).submit(async () => {
          const { progress } = await import('offloop/worker');
          const { execSync } = await import('node:child_process');
          progress(1);
          execSync('sleep 3600');
        }).catch((error) => console.log(error.name));
      });
      await started;
      await pool.shutdown({ timeout: 1 });
      process.exitCode = 3;
    `;
    const error = await run(process.execPath, ['--input-type=module', '-e', source], {
      cwd: import.meta.dirname,
      timeout: 60_000,
    }).catch((thrown: unknown) => thrown as { code: number; stdout: string });
    assert.deepEqual([(error as { code?: number }).code, error.stdout], [3, 'CancelledError\n']);
  });
});
