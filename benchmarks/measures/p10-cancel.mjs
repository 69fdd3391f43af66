import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../candidates/unavailable.mjs';
import { against, limit } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { check } from '../harness/in-flight.mjs';
import { itRuns, newFlag } from './flag.mjs';

/** Time for a pool that keeps a spare worker to have it ready, as in a server that has been up for a while. */
const SPARE_MS = 100;

export const measure = {
  id: 'P10',
  title: 'Cancel an endless loop, then the next result on the same pool of one worker',
  candidates: [
    'offloop-interrupt',
    'offloop-terminate',
    'piscina',
    'tinypool',
    'workerpool',
    'poolifier',
    'bare',
    'python-threads',
  ],
  shapes: (quick) => [{ name: '1 worker', workers: 1, rounds: quick ? 1 : 9, warmUp: quick ? 0 : 1 }],
  format: { value: FORMATS.ms },
  bars: [
    limit({
      text: "≤ 3 ms with 'interrupt'",
      ours: 'offloop-interrupt',
      better: 'lower',
      limit: 3,
      format: FORMATS.ms,
    }),
    limit({
      text: "≤ 10 ms with 'terminate' and a spare",
      ours: 'offloop-terminate',
      better: 'lower',
      limit: 10,
      format: FORMATS.ms,
    }),
    against({
      text: "'terminate' ahead of the best peer",
      ours: 'offloop-terminate',
      groups: ['peer'],
      better: 'lower',
      limit: 1,
    }),
  ],
};

export const inChild = {
  async round(pool, _shape, candidate) {
    if (pool.start === undefined) throw new Unavailable(`${candidate.label} cannot stop work that runs`);
    check('empty', 1, await pool.run('empty', 1));
    const flag = newFlag();
    const work = pool.start('endless', flag);
    await itRuns(flag, work.done);
    await sleep(SPARE_MS);
    const start = performance.now();
    work.cancel();
    check('empty', 7, await pool.run('empty', 7));
    return { value: performance.now() - start };
  },
};
