import type { PoolSettings } from '../executor/options.ts';
import type { WorkerHost } from '../executor/pool-worker.ts';
import type { EarlyThread } from './start-thread.ts';
import { ThreadHost } from './thread-host.ts';

/** Opens what starts the threads of a pool. A door (docs/decisions/0009-one-file-to-load.md). */
export function openThreads(settings: PoolSettings, early: EarlyThread | undefined): WorkerHost {
  return new ThreadHost(settings, early);
}
