import { FORMATS } from '../harness/format.mjs';
import { check, keepInFlight, sumBelow } from '../harness/in-flight.mjs';

const TASKS = [10, 100, 1_000, 10_000, 100_000, 1_000_000];
const WORKERS = [2, 4, 8, 16];
/** Small rounds are repeated until about this many tasks have run: one of ten tasks is over before the clock moves. */
const AT_LEAST = 100_000;

function shape(tasks, workers, quick) {
  return {
    name: `${tasks} tasks at once, ${workers} worker${workers === 1 ? '' : 's'}`,
    workers,
    tasks: quick ? Math.min(tasks, 100) : tasks,
    rounds: quick ? 1 : 3,
    warmUp: quick ? 0 : 1,
  };
}

export const measure = {
  id: 'P16',
  title: 'Growth: cost of an empty task, from 10 to 1 000 000 at once and from 1 to 16 workers',
  note: 'All tasks of a round are submitted at once; the time until the last result, for each. Flat is what it should be.',
  candidates: ['offloop'],
  shapes: (quick) => [
    ...TASKS.map((tasks) => shape(tasks, 1, quick)),
    ...WORKERS.map((workers) => shape(100_000, workers, quick)),
  ],
  format: { value: FORMATS.microseconds },
  labels: { value: 'a task' },
  bars: [],
};

export const inChild = {
  async round(pool, { tasks }) {
    const times = Math.max(1, Math.round(AT_LEAST / tasks));
    const start = performance.now();
    for (let time = 0; time < times; time += 1) {
      check('empty', sumBelow(tasks), await keepInFlight((i) => pool.run('empty', i), tasks, tasks));
    }
    return { value: ((performance.now() - start) * 1000) / (times * tasks) };
  },
};
