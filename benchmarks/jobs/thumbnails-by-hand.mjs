/**
 * `node thumbnails-by-hand.mjs IN OUT WORKERS`: what one writes with `worker_threads` for this one job. Workers take
 * the next index from a shared counter, read, run and write by themselves; nothing passes between threads.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

if (isMainThread) {
  const [from, to, workers] = process.argv.slice(2);
  const data = { from, to, names: readdirSync(from), next: new Int32Array(new SharedArrayBuffer(4)) };
  const threads = Array.from({ length: Number(workers) }, () => new Worker(import.meta.filename, { workerData: data }));
  await Promise.all(threads.map((thread) => once(thread, 'exit')));
} else {
  const { thumbnail } = await import('./thumbnail.mjs');
  const { from, to, names, next } = workerData;
  for (let i = Atomics.add(next, 0, 1); i < names.length; i = Atomics.add(next, 0, 1)) {
    writeFileSync(path.join(to, names[i]), thumbnail({ bytes: readFileSync(path.join(from, names[i])) }));
  }
}
