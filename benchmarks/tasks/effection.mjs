import { all, call, createChannel, run, sleep, spawn } from 'effection';
import { ITEMS, noop, TASKS, times, YIELDERS, YIELDS } from './workload.mjs';

function* spawnAndJoin() {
  const tasks = [];
  for (let index = 0; index < TASKS; index++) tasks.push(yield* spawn(() => call(noop)));
  for (const task of tasks) yield* task;
}

function* yielder() {
  for (let index = 0; index < YIELDS; index++) yield* sleep(0);
}

function* fill(channel) {
  for (let index = 0; index < ITEMS; index++) yield* channel.send(index);
  yield* channel.close();
}

function* throughChannel() {
  const channel = createChannel();
  const subscription = yield* channel;
  void (yield* spawn(() => fill(channel)));
  let sum = 0;
  for (let next = yield* subscription.next(); !next.done; next = yield* subscription.next()) sum += next.value;
  return sum;
}

export const measures = {
  task: { spawn: () => run(spawnAndJoin) },
  turn: { 'sleep(0)': () => run(() => all(times(YIELDERS, yielder))) },
  item: { 'channel, unbounded': () => run(throughChannel) },
};
