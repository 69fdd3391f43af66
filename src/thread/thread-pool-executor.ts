import { defaultMaxThreads, poolSettings, type PoolOptions } from '../executor/options.ts';
import { PoolExecutor } from '../executor/pool-executor.ts';
import { ThreadHost } from './thread-host.ts';

let pools = 0;

/**
 * Runs functions in worker threads: real parallelism, nothing shared but what is sent or shared on purpose.
 *
 * Threads are started when there is work and no thread is idle, up to `maxWorkers`. A busy pool keeps the program
 * running, an idle one does not.
 *
 * @example
 * await using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
 * const digest = await pool.submit((text: string) => text.length, 'abc'); // 3
 *
 * @throws InvalidOptionError for an unknown option or a value it cannot have.
 * @see https://docs.python.org/3/library/concurrent.futures.html#threadpoolexecutor
 */
export class ThreadPoolExecutor extends PoolExecutor {
  constructor(options: PoolOptions = {}) {
    const settings = poolSettings(options, 'ThreadPoolExecutor', defaultMaxThreads());
    super(settings, `ThreadPoolExecutor-${pools++}`, new ThreadHost(settings));
  }
}
