import { defaultMaxThreads, poolSettings, type PoolOptions, type PoolSettings } from '../executor/options.ts';
import { PoolExecutor } from '../executor/pool-executor.ts';
import { workerSetup } from '../executor/worker-setup.ts';
import { openThreads } from './open-threads.ts';
import { startEarly, type EarlyThread } from './start-thread.ts';

let pools = 0;
/** The first one loads what all use; while it does, its first thread starts. */
let opened = false;

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
    const name = `ThreadPoolExecutor-${pools++}`;
    let early: EarlyThread | undefined;
    super(settings, name, {
      hasten: () => {
        if (opened || !startsPlainly(settings)) return;
        const identity = { name, initializer: undefined, around: undefined };
        early = startEarly(workerSetup(settings, identity, 0, 0), settings);
      },
      openHost: () => {
        opened = true;
        const started = early;
        early = undefined;
        try {
          return openThreads(settings, started);
        } catch (error) {
          // Out of descriptors it cannot be loaded, and the thread may not have come up either.
          void started?.worker.terminate();
          throw error;
        }
      },
    });
  }
}

/** Whether the first job gets a thread at once, and one that is told nothing that has to be found out first. */
function startsPlainly({ maxQueue, cancelMode }: PoolSettings): boolean {
  return maxQueue > 0 && cancelMode !== 'interrupt';
}
