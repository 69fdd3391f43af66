import { THREAD_POOLS } from '../candidates/index.mjs';
import { against } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { check } from '../harness/in-flight.mjs';

export const measure = {
  id: 'P7',
  title: 'Import and first result in a cold process',
  note: 'A process each. The clock starts before the library is imported: what Node itself needs to start is not in it.',
  fresh: true,
  candidates: [...THREAD_POOLS, 'bare', 'python-threads'],
  shapes: (quick) => [{ name: '1 worker', workers: 1, rounds: quick ? 1 : 11 }],
  format: { value: FORMATS.ms, imported: FORMATS.ms },
  labels: { value: 'first result', imported: 'pool made' },
  bars: [against({ text: '≤ the best peer', groups: ['peer', 'tuned'], better: 'lower', limit: 1 })],
};

export const inChild = {
  open: (candidate) => candidate,
  async round(candidate, shape) {
    const start = performance.now();
    const pool = await candidate.open(shape);
    const imported = performance.now() - start;
    check('empty', 7, await pool.run('empty', 7));
    return { value: performance.now() - start, imported };
  },
  close: () => undefined, // the process ends here
};
