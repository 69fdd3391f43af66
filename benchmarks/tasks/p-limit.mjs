import pLimit from 'p-limit';
import { CONTENDERS, HOLDS, noop, repeatedly, TASK_LIMIT, TASKS, times, YIELDERS, YIELDS } from './workload.mjs';

const begin = (concurrency) => () => {
  const limit = pLimit(concurrency);
  return Promise.all(times(TASKS, () => limit(noop)));
};

const calls = (concurrency, callers, count) => () => {
  const limit = pLimit(concurrency);
  return Promise.all(
    times(
      callers,
      repeatedly(count, () => limit(noop)),
    ),
  );
};

export const measures = {
  task: { 'limit(fn)': begin(Infinity) },
  limited: { 'limit(fn)': begin(TASK_LIMIT) },
  permit: { 'limit(fn)': calls(YIELDERS, YIELDERS, YIELDS) },
  handOver: { 'limit(fn), 1 at a time': calls(1, CONTENDERS, HOLDS) },
};
