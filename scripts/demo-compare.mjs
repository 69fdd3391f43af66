// What the pool changes: how long the work takes, and for how long nothing else could happen meanwhile.
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { ThreadPoolExecutor, transfer } from 'offloop';

const PHOTOS = 16;
const ROUNDS = 2;
const HANDLER = new URL('../build/examples/thumbnail.js', import.meta.url).href;

/** Measures both ways on the same photos, in turns, and takes the best of each. Resolves with a table. */
export async function compare(folder) {
  const paths = await choosePhotos(folder);
  const workers = availableParallelism();
  const pool = new ThreadPoolExecutor({ maxWorkers: workers });
  const alone = [];
  const pooled = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(await measure(() => onThisThread(paths)));
      pooled.push(await measure(() => inPool(pool, paths)));
    }
  } finally {
    await pool.shutdown();
  }
  const rows = [
    ['on the loop’s own thread', best(alone)],
    [`pool of ${workers} thread${workers === 1 ? '' : 's'}`, best(pooled)],
  ];
  const faster = (best(alone).seconds / best(pooled).seconds).toFixed(2);
  return [
    `${''.padEnd(26)}${`${paths.length} photos`.padStart(12)}${'a second'.padStart(12)}   longest the loop stood still`,
    ...rows.map(([name, { seconds, blocked }]) => {
      const time = `${seconds.toFixed(2)} s`.padStart(12);
      return `${name.padEnd(26)}${time}${(paths.length / seconds).toFixed(1).padStart(12)}   ${blocked.toFixed(0)} ms`;
    }),
    `${faster} times the speed on ${workers} cores (best of ${ROUNDS} rounds each; other load on the machine counts).`,
  ].join('\n');
}

async function choosePhotos(folder) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.jpg')).sort();
  const step = Math.max(1, Math.floor(names.length / PHOTOS));
  const chosen = names.filter((_, index) => index % step === 0).slice(0, PHOTOS);
  return chosen.map((name) => join(folder, name));
}

function best(results) {
  return results.reduce((one, other) => (other.seconds < one.seconds ? other : one));
}

async function measure(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  delay.disable();
  return { seconds, blocked: delay.max / 1e6 };
}

/** As kind as it gets on one thread: the loop has a turn after every photo. */
async function onThisThread(paths) {
  const { default: thumbnail } = await import(HANDLER);
  for (const path of paths) {
    thumbnail({ bytes: await readFile(path) });
    await turn();
  }
}

async function inPool(pool, paths) {
  const { default: thumbnail } = await import(HANDLER);
  await Promise.all(
    paths.map(async (path) => {
      const bytes = await readFile(path);
      return pool.submit(thumbnail, transfer({ bytes }, [bytes.buffer]));
    }),
  );
}
