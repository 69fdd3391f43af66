import PQueue from 'p-queue';
import {
  CAPACITY,
  CONTENDERS,
  HOLDS,
  ITEMS,
  noop,
  repeatedly,
  TASK_LIMIT,
  TASKS,
  times,
  YIELDERS,
  YIELDS,
} from './workload.mjs';

const begin = (concurrency) => () => {
  const queue = new PQueue({ concurrency });
  return Promise.all(times(TASKS, () => queue.add(noop)));
};

const calls = (concurrency, callers, count) => () => {
  const queue = new PQueue({ concurrency });
  return Promise.all(
    times(
      callers,
      repeatedly(count, () => queue.add(noop)),
    ),
  );
};

async function throughQueue() {
  const queue = new PQueue({ concurrency: 1 });
  let sum = 0;
  for (let index = 0; index < ITEMS; index++) {
    void queue.add(async () => {
      sum += index;
    });
    await queue.onSizeLessThan(CAPACITY);
  }
  await queue.onIdle();
  return sum;
}

export const measures = {
  task: { 'queue.add(fn)': begin(Infinity) },
  limited: { 'queue.add(fn)': begin(TASK_LIMIT) },
  permit: { 'queue.add(fn)': calls(YIELDERS, YIELDERS, YIELDS) },
  handOver: { 'queue.add(fn), 1 at a time': calls(1, CONTENDERS, HOLDS) },
  item: { 'queue.add(fn), onSizeLessThan': throughQueue },
};
