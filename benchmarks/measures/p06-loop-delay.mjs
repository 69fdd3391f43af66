import { monitorEventLoopDelay } from 'node:perf_hooks';
import { THREAD_POOLS } from '../candidates/index.mjs';
import { against, limit } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { check, keepInFlight, sumBelow } from '../harness/in-flight.mjs';

const RESOLUTION_MS = 1;

export const measure = {
  id: 'P6',
  title: 'Delay of the main loop while 100 000 tasks go through, 512 in flight',
  note: '`monitorEventLoopDelay` at 1 ms, from which that millisecond is taken off. A process each, one round each.',
  fresh: true,
  candidates: [...THREAD_POOLS, 'bare'],
  shapes: (quick) => [
    { name: '2 workers', workers: 2, inFlight: 512, count: quick ? 1000 : 100_000, rounds: quick ? 1 : 3 },
  ],
  format: { value: FORMATS.ms, max: FORMATS.ms, seconds: (value) => `${value.toFixed(2)} s` },
  labels: { value: 'p99', max: 'max', seconds: 'took' },
  bars: [
    limit({ text: 'p99 ≤ 5 ms', better: 'lower', limit: 5, format: FORMATS.ms }),
    against({ text: 'the lowest of all', groups: ['peer', 'tuned', 'bare'], better: 'lower', limit: 1 }),
  ],
};

export const inChild = {
  async round(pool, shape) {
    // Start-up is not what is asked here.
    await keepInFlight((i) => pool.run('empty', i), 2, 4);
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    delay.enable();
    const start = performance.now();
    const sum = await keepInFlight((i) => pool.run('empty', i), shape.inFlight, shape.count);
    const seconds = (performance.now() - start) / 1000;
    // One more turn, so that a delay which lasted to the end is seen.
    await new Promise((resolve) => {
      setTimeout(resolve, 2 * RESOLUTION_MS);
    });
    delay.disable();
    check('empty', sumBelow(shape.count), sum);
    const ms = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    return { value: ms(delay.percentile(99)), max: ms(delay.max), seconds };
  },
};
