import type { WorkerSetup } from '../worker/protocol.ts';
import type { PoolSettings } from './options.ts';

/** What all workers of a pool are told. */
export interface PoolIdentity {
  /** `ThreadPoolExecutor-0`. */
  readonly name: string;
  readonly initializer: WorkerSetup['initializer'];
  readonly around: WorkerSetup['around'];
}

/** What a worker starts with. */
export function workerSetup(settings: PoolSettings, pool: PoolIdentity, workerId: number, index: number): WorkerSetup {
  const prefix = settings.threadNamePrefix === '' ? pool.name : settings.threadNamePrefix;
  return {
    workerId,
    name: `${prefix}_${index}`,
    executor: pool.name,
    initializer: pool.initializer,
    around: pool.around,
    initArgs: settings.initArgs,
    maxHeap: settings.maxHeap,
  };
}
