import { Deferred, Effect, Fiber, Queue, Semaphore } from 'effect';
import { CAPACITY, CONTENDERS, HOLDS, ITEMS, noop, TASK_LIMIT, TASKS, times, YIELDERS, YIELDS } from './workload.mjs';

const call = Effect.promise(noop);

const forkAndJoin = Effect.gen(function* () {
  const fibers = [];
  for (let index = 0; index < TASKS; index++) fibers.push(yield* Effect.forkChild(call));
  for (const fiber of fibers) yield* Fiber.join(fiber);
});

const inFibers = (count, effect) =>
  Effect.all(
    times(count, () => effect),
    { concurrency: 'unbounded', discard: true },
  );

const repeatedly = (count, effect) =>
  Effect.gen(function* () {
    for (let index = 0; index < count; index++) yield* effect;
  });

const checkpoints = Effect.gen(function* () {
  const deferred = yield* Deferred.make();
  yield* Deferred.succeed(deferred, undefined);
  yield* inFibers(YIELDERS, repeatedly(YIELDS, Deferred.await(deferred)));
});

const permits = (permits, callers, count) =>
  Effect.gen(function* () {
    const semaphore = yield* Semaphore.make(permits);
    yield* inFibers(callers, repeatedly(count, semaphore.withPermits(1)(call)));
  });

const throughQueue = Effect.gen(function* () {
  const queue = yield* Queue.bounded(CAPACITY);
  const producer = Effect.gen(function* () {
    for (let index = 0; index < ITEMS; index++) yield* Queue.offer(queue, index);
  });
  const consumer = Effect.gen(function* () {
    let sum = 0;
    for (let index = 0; index < ITEMS; index++) sum += yield* Queue.take(queue);
    return sum;
  });
  yield* Effect.all([producer, consumer], { concurrency: 'unbounded' });
});

const yieldNow = typeof Effect.yieldNow === 'function' ? Effect.yieldNow() : Effect.yieldNow;
const running = (program) => () => Effect.runPromise(program);

export const measures = {
  task: { 'forkChild, join': running(forkAndJoin) },
  limited: {
    'Effect.all': running(
      Effect.all(
        times(TASKS, () => call),
        { concurrency: TASK_LIMIT },
      ),
    ),
  },
  turn: { yieldNow: running(inFibers(YIELDERS, repeatedly(YIELDS, yieldNow))) },
  checkpoint: { 'Deferred.await': running(checkpoints) },
  permit: { withPermits: running(permits(YIELDERS, YIELDERS, YIELDS)) },
  handOver: { 'withPermits, 1 at a time': running(permits(1, CONTENDERS, HOLDS)) },
  item: { 'bounded queue': running(throughQueue) },
};
