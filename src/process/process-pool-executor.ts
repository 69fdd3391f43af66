import { availableParallelism } from 'node:os';
import { poolSettings, type PoolOptions } from '../executor/options.ts';
import { PoolExecutor } from '../executor/pool-executor.ts';
import { ProcessHost } from './process-host.ts';

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
 * @throws InvalidOptionError for an unknown option or a value it cannot have.
 * @see https://docs.python.org/3/library/concurrent.futures.html#processpoolexecutor
 */
export class ProcessPoolExecutor extends PoolExecutor {
  readonly #host: ProcessHost;

  constructor(options: PoolOptions = {}) {
    const settings = poolSettings(options, 'ProcessPoolExecutor', availableParallelism());
    const host = new ProcessHost(settings);
    super(settings, `ProcessPoolExecutor-${pools++}`, host);
    this.#host = host;
  }

  /**
   * As `terminate()`, with SIGKILL from the start: children have no chance to clean up.
   * @see https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.ProcessPoolExecutor.kill_workers
   */
  kill(): Promise<void> {
    const ended = this.terminate();
    this.#host.kill();
    return ended;
  }
}
