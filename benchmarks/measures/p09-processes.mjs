import { PROCESS_POOLS } from '../candidates/index.mjs';
import { against } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { smallObjects } from './small-objects.mjs';

export const measure = {
  id: 'P9',
  title: 'Processes: small object in and out, 512 in flight',
  candidates: [...PROCESS_POOLS, 'python-processes'],
  shapes: (quick) => [
    {
      name: '1 process',
      workers: 1,
      inFlight: 512,
      count: quick ? 200 : 10_000,
      rounds: quick ? 1 : 5,
      warmUp: quick ? 0 : 1,
    },
  ],
  format: { value: FORMATS.perSecond },
  bars: [
    against({
      text: "≥ 10 × tinypool's child processes",
      ours: 'offloop-processes',
      ids: ['tinypool-processes'],
      better: 'higher',
      limit: 10,
    }),
    against({
      text: "≥ 10 × tinypool's child processes at their best setting",
      ours: 'offloop-processes',
      ids: ['tinypool-processes', 'tinypool-processes-best'],
      better: 'higher',
      limit: 10,
    }),
  ],
};

export const inChild = { round: smallObjects };
