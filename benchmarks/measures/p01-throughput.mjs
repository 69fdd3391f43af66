import { THREAD_POOLS } from '../candidates/index.mjs';
import { against } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { check, keepInFlight, sumBelow } from '../harness/in-flight.mjs';

function shapes(quick) {
  const found = [];
  for (const workers of [1, 2]) {
    for (const inFlight of [512, 10_000]) {
      found.push({
        name: `${inFlight} in flight, ${workers} worker${workers === 1 ? '' : 's'}`,
        workers,
        inFlight,
        count: quick ? 200 : Math.max(6000, inFlight * 1.5),
        rounds: quick ? 1 : 3,
        warmUp: quick ? 0 : 1,
      });
    }
  }
  return found;
}

export const measure = {
  id: 'P1',
  title: 'Empty function, number argument',
  unit: 'perSecond',
  candidates: [...THREAD_POOLS, 'poolifier-queue', 'bare', 'bare-in-order', 'knitting', 'python-threads'],
  shapes,
  format: { value: FORMATS.perSecond },
  bars: [
    against({ text: '≥ 15 × the best peer, each as it comes', groups: ['peer'], better: 'higher', limit: 15 }),
    against({ text: '≥ 15 × the best peer at any setting', groups: ['peer', 'tuned'], better: 'higher', limit: 15 }),
    against({ text: '≥ 5 × bare `postMessage`, as one writes it', groups: ['bare'], better: 'higher', limit: 5 }),
    against({ text: '≥ 5 × bare `postMessage`, values only', groups: ['least'], better: 'higher', limit: 5 }),
    against({ text: "≥ 25 × Python's ThreadPoolExecutor", groups: ['python'], better: 'higher', limit: 25 }),
    against({ text: '≥ 1.1 × knitting on Node 24', groups: ['knitting'], better: 'higher', limit: 1.1 }),
  ],
};

export const inChild = {
  async round(pool, shape, candidate) {
    const count = Math.ceil(shape.count * candidate.pace);
    const start = performance.now();
    const sum = await keepInFlight((i) => pool.run('empty', i), shape.inFlight, count);
    const seconds = (performance.now() - start) / 1000;
    check('empty', sumBelow(count), sum);
    return { value: count / seconds };
  },
};
