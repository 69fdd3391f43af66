import type { PoolSettings } from './options.ts';
import { PoolEngine } from './pool-engine.ts';
import type { WorkerHost } from './pool-worker.ts';

/** Opens the engine of a pool. A door: what is behind it is loaded with the first use (docs/decisions/0009-one-file-to-load.md). */
export function openEngine(settings: PoolSettings, name: string, host: WorkerHost): PoolEngine {
  return new PoolEngine(settings, name, host);
}
