import { THREAD_POOLS } from '../candidates/index.mjs';
import { against } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { smallObjects } from './small-objects.mjs';

export const measure = {
  id: 'P3',
  title: 'Small object in and out, 512 in flight',
  candidates: [...THREAD_POOLS, 'bare', 'bare-in-order', 'knitting', 'python-threads'],
  shapes: (quick) => [
    {
      name: '1 worker',
      workers: 1,
      inFlight: 512,
      count: quick ? 200 : 10_000,
      rounds: quick ? 1 : 5,
      warmUp: quick ? 0 : 1,
    },
  ],
  format: { value: FORMATS.perSecond },
  bars: [
    against({ text: '≥ 4 × the best peer, each as it comes', groups: ['peer'], better: 'higher', limit: 4 }),
    against({ text: '≥ 4 × the best peer at any setting', groups: ['peer', 'tuned'], better: 'higher', limit: 4 }),
    against({ text: '≥ 1.2 × knitting', groups: ['knitting'], better: 'higher', limit: 1.2 }),
  ],
};

export const inChild = { round: smallObjects };
