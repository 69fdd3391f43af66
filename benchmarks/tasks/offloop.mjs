import { createTask, Event, gather, Lock, Queue, run, Semaphore, sleep, taskGroup } from '../../dist/index.js';
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

const functions = times(TASKS, () => noop);

const inGroup = (options) => () =>
  run(() =>
    taskGroup((tg) => {
      for (let index = 0; index < TASKS; index++) tg.createTask(noop);
    }, options),
  );

const inTasks = (count, fn) => run(() => gather(times(count, () => fn)));

async function throughQueue() {
  const queue = new Queue({ maxSize: CAPACITY });
  const produce = async () => {
    for (let index = 0; index < ITEMS; index++) await queue.put(index);
    queue.shutdown();
  };
  const consume = async () => {
    let sum = 0;
    for await (const item of queue) sum += item;
    return sum;
  };
  await run(() => gather([produce, consume]));
}

export const measures = {
  task: {
    'createTask, gather': () => run(() => gather(times(TASKS, () => createTask(noop)))),
    taskGroup: inGroup({}),
  },
  limited: {
    'gather with concurrency': () => run(() => gather(functions, { concurrency: TASK_LIMIT })),
    'taskGroup with limit': inGroup({ limit: TASK_LIMIT }),
  },
  turn: {
    'sleep(0)': () =>
      inTasks(
        YIELDERS,
        repeatedly(YIELDS, () => sleep(0)),
      ),
  },
  checkpoint: {
    'event.wait()': () => {
      const event = new Event();
      event.set();
      return inTasks(
        YIELDERS,
        repeatedly(YIELDS, () => event.wait()),
      );
    },
  },
  permit: {
    'Semaphore.run': () => {
      const semaphore = new Semaphore(YIELDERS);
      return inTasks(
        YIELDERS,
        repeatedly(YIELDS, () => semaphore.run(noop)),
      );
    },
  },
  handOver: {
    'Lock.run': () => {
      const lock = new Lock();
      return inTasks(
        CONTENDERS,
        repeatedly(HOLDS, () => lock.run(noop)),
      );
    },
  },
  item: { Queue: throughQueue },
};
