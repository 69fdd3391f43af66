import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import { against, limit } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { itRuns, newFlag } from './flag.mjs';

const OURS = 1_000_000;
const THEIRS = 200_000; // some need kilobytes for each, and a million would need another machine

export const measure = {
  id: 'P12',
  title: '1 000 000 queued tasks: bytes for each',
  note:
    'The only worker is blocked; the bytes are what the process has grown by after a full collection, divided by the' +
    ` tasks: live heap and buffers, and resident memory. Judged by the larger. Ours queues ${OURS}, the others ${THEIRS}.`,
  fresh: true,
  candidates: ['offloop', 'piscina', 'tinypool', 'workerpool', 'poolifier', 'poolifier-queue', 'bare'],
  shapes: (quick) => [
    { name: '1 worker', workers: 1, ours: quick ? 5000 : OURS, theirs: quick ? 2000 : THEIRS, rounds: quick ? 1 : 3 },
  ],
  format: { value: FORMATS.bytes, live: FORMATS.bytes, resident: FORMATS.bytes },
  labels: { value: 'larger', live: 'live', resident: 'resident' },
  bars: [
    limit({ text: '≤ 300 bytes each', better: 'lower', limit: 300, format: FORMATS.bytes }),
    against({ text: 'the least of all', groups: ['peer', 'tuned', 'bare'], better: 'lower', limit: 1 }),
  ],
};

/** Not `--expose-gc`: pools hand the options of the process on to their workers, and not all survive that one. */
function collector() {
  v8.setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  v8.setFlagsFromString('--no-expose-gc');
  return collect;
}

function memory(collect) {
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { live: heapUsed + external, resident: rss };
}

export const inChild = {
  async round(pool, shape, candidate) {
    const flag = newFlag();
    const blocked = pool.run('block', flag);
    await itRuns(flag, blocked);
    const count = candidate.group === 'ours' ? shape.ours : shape.theirs;
    const collect = collector();
    const before = memory(collect);
    // Nobody holds what `run` gives: a queued task is kept by the pool alone.
    for (let i = 0; i < count; i++) void pool.run('empty', i);
    const after = memory(collect);
    const live = (after.live - before.live) / count;
    const resident = (after.resident - before.resident) / count;
    Atomics.store(flag, 1, 1);
    Atomics.notify(flag, 1);
    await blocked;
    return { value: Math.max(live, resident), live, resident };
  },
  close: () => undefined, // the process ends here, with all that is queued
};
