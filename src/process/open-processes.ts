import type { PoolSettings } from '../executor/options.ts';
import { ProcessHost } from './process-host.ts';

/** Opens what starts the children of a pool. A door (docs/decisions/0009-one-file-to-load.md). */
export function openProcesses(settings: PoolSettings): ProcessHost {
  return new ProcessHost(settings);
}
