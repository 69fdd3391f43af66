import type { MapOptions } from './executor.ts';
import type { Job, JobOwner } from './job.ts';
import { MapIterator, type MapTarget } from './map.ts';
import { StreamIterator } from './stream.ts';

/** What `map()` returns. A door (docs/decisions/0009-one-file-to-load.md). */
export function openMap(
  items: Iterable<unknown> | AsyncIterable<unknown>,
  options: MapOptions,
  target: MapTarget,
): MapIterator {
  return new MapIterator(items, options, target);
}

/** What `stream()` returns. A door. */
export function openStream(job: Job, owner: JobOwner): StreamIterator {
  return new StreamIterator(job, owner);
}
