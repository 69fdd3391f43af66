import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { run, ThreadPoolExecutor } from 'offloop';

async function warningsOf(main: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  const listen = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', listen);
  await run(main, { debug: true });
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listen);
  return warnings;
}

describe('pools in debug mode', () => {
  it('a pool that is still open when run() ends is named', async () => {
    let pool: ThreadPoolExecutor | undefined;
    const warnings = await warningsOf(async () => {
      pool = new ThreadPoolExecutor({ maxWorkers: 1, threadNamePrefix: 'Left' });
      await pool.submit((x: number) => x, 1);
    });
    await pool?.shutdown();
    assert.match(warnings.join('\n'), /ThreadPoolExecutor-\d+ was never shut down when run\(\) ended/);
  });

  it('one that was shut down, or never used, is not', async () => {
    const warnings = await warningsOf(async () => {
      await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
      await pool.submit((x: number) => x, 1);
      new ThreadPoolExecutor().statistics();
    });
    assert.doesNotMatch(warnings.join('\n'), /never shut down/);
  });
});
