import { Worker } from 'node:worker_threads';
import { CLAIM_SLOTS } from './claims.ts';
import { watcherSource } from './watcher-source.ts';

/** The watcher computes next to nothing. */
const MEMORY = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 };

/** The words through which the main thread and the watcher agree who has which job. */
export const claimWords: Int32Array = new Int32Array(new SharedArrayBuffer(CLAIM_SLOTS * Int32Array.BYTES_PER_ELEMENT));

/**
 * Starts the second thread of a child. Where threads are forbidden there is none: the pool then hands over one job at a
 * time, and an endless loop outlives a pool that was killed.
 */
export function startWatcher(): void {
  const inMemory = watcherSource !== '';
  const entry = inMemory ? watcherSource : new URL('./watcher-entry.js', import.meta.url);
  try {
    const watcher = new Worker(entry, {
      eval: inMemory,
      workerData: claimWords,
      // Not the environment and the options of this process: what they preload is meant for the program.
      env: {},
      execArgv: [],
      // It prints nothing. To pass on what it prints, Node would open the streams of this process first.
      stdout: true,
      stderr: true,
      resourceLimits: MEMORY,
      trackUnmanagedFds: false,
    });
    watcher.unref();
    // Likewise when it cannot come up.
    watcher.on('error', () => {});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ACCESS_DENIED') throw error;
  }
}
