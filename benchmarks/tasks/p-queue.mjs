import PQueue from 'p-queue';
import { CAPACITY, ITEMS, limiterMeasures } from './workload.mjs';

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
  ...limiterMeasures('queue.add(fn)', (concurrency) => {
    const queue = new PQueue({ concurrency });
    return (fn) => queue.add(fn);
  }),
  item: { 'queue.add(fn), onSizeLessThan': throughQueue },
};
