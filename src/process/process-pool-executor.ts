import { availableParallelism } from 'node:os';
import { OffloopError } from '../errors.ts';
import { poolSettings, type PoolOptions } from '../executor/options.ts';
import { PoolExecutor } from '../executor/pool-executor.ts';
import { openProcesses } from './open-processes.ts';
import type { ProcessHost } from './process-host.ts';

let pools = 0;

/**
 * Runs functions in child processes: a crash, a leak or a native library that misbehaves stays in the child.
 *
 * The same interface as `ThreadPoolExecutor`. Values are copied through a pipe, so memory cannot be shared or moved.
 * Children write to this process's stdout and stderr and have no stdin. They end with this process, however it ends.
 *
 * @example
 * await using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
 * const pid = await pool.submit(() => process.pid); // that of a child
 *
 * @throws OffloopError (`ERR_OFFLOOP_UNSUPPORTED_RUNTIME`) on Bun and Deno.
 * @throws InvalidOptionError for an unknown option or a value it cannot have.
 * @see https://docs.python.org/3/library/concurrent.futures.html#processpoolexecutor
 */
export class ProcessPoolExecutor extends PoolExecutor {
  readonly #host: () => ProcessHost | undefined;

  constructor(options: PoolOptions = {}) {
    const { deno, bun } = process.versions;
    if (deno !== undefined || bun !== undefined)
      throw new OffloopError(
        'ERR_OFFLOOP_UNSUPPORTED_RUNTIME',
        'ProcessPoolExecutor needs Node: the child processes of Bun and Deno do not talk over a pipe the way its children do. Use ThreadPoolExecutor.',
      );
    const settings = poolSettings(options, 'ProcessPoolExecutor', availableParallelism());
    let host: ProcessHost | undefined;
    super(settings, `ProcessPoolExecutor-${pools++}`, { openHost: () => (host = openProcesses(settings)) });
    this.#host = () => host;
  }

  /**
   * As `terminate()`, with SIGKILL from the start: children have no chance to clean up.
   * @see https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.ProcessPoolExecutor.kill_workers
   */
  kill(): Promise<void> {
    const ended = this.terminate();
    this.#host()?.kill();
    return ended;
  }
}
