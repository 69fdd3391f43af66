// What a task, a checkpoint, a lock hand-over and a queue item cost, side by side in one run.
// `node benchmarks/tasks.mjs [rounds]`. Rounds are interleaved; the median of each candidate counts.
import { createTask, Event, gather, Lock, Queue, run, sleep, taskGroup } from '../dist/index.js';

const ROUNDS = Number(process.argv[2] ?? 7);
const TASKS = 20_000;
const YIELDERS = 100;
const YIELDS = 200;
const CONTENDERS = 100;
const HOLDS = 200;
const ITEMS = 50_000;
const CAPACITY = 64;

/** Node's module, or undefined when it is not installed. */
const load = (name) => import(name).catch(() => undefined);

const [pLimitModule, pQueueModule, effection, effectModule] = await Promise.all(
  ['p-limit', 'p-queue', 'effection', 'effect'].map(load),
);
const pLimit = pLimitModule?.default;
const PQueue = pQueueModule?.default;
const noop = async () => {};
const times = (count, fn) => Array.from({ length: count }, (_, index) => fn(index));

/** measure → candidate → a function that does `count` operations. */
const measures = {
  [`a task: ${TASKS} begun together and awaited`]: {
    count: TASKS,
    candidates: {
      'offloop createTask': () => run(() => gather(times(TASKS, () => createTask(noop)))),
      'offloop taskGroup': () =>
        run(() =>
          taskGroup((tg) => {
            for (let index = 0; index < TASKS; index++) tg.createTask(noop);
          }),
        ),
      'p-limit':
        pLimit &&
        (() =>
          Promise.all(
            times(
              TASKS,
              (
                (limit) => () =>
                  limit(noop)
              )(pLimit(Infinity)),
            ),
          )),
      'p-queue':
        PQueue &&
        (() =>
          Promise.all(
            times(
              TASKS,
              (
                (queue) => () =>
                  queue.add(noop)
              )(new PQueue()),
            ),
          )),
      effection:
        effection &&
        (() =>
          effection.run(function* () {
            const tasks = [];
            for (let index = 0; index < TASKS; index++) tasks.push(yield* effection.spawn(function* () {}));
            for (const task of tasks) yield* task;
          })),
      effect: effectModule && effectTasks(effectModule),
    },
  },
  [`a task with a limit of 8: ${TASKS}`]: {
    count: TASKS,
    candidates: {
      'offloop taskGroup': () =>
        run(() =>
          taskGroup(
            (tg) => {
              for (let index = 0; index < TASKS; index++) tg.createTask(noop);
            },
            { limit: 8 },
          ),
        ),
      'offloop gather': () =>
        run(() =>
          gather(
            times(TASKS, () => noop),
            { concurrency: 8 },
          ),
        ),
      'p-limit':
        pLimit &&
        (() =>
          Promise.all(
            times(
              TASKS,
              (
                (limit) => () =>
                  limit(noop)
              )(pLimit(8)),
            ),
          )),
      'p-queue':
        PQueue &&
        (() =>
          Promise.all(
            times(
              TASKS,
              (
                (queue) => () =>
                  queue.add(noop)
              )(new PQueue({ concurrency: 8 })),
            ),
          )),
      effect: effectModule && effectLimited(effectModule),
    },
  },
  [`a turn of the loop: ${YIELDERS} tasks yield ${YIELDS} times`]: {
    count: YIELDERS * YIELDS,
    candidates: {
      'offloop sleep(0)': () => run(() => gather(times(YIELDERS, () => yielder(() => sleep(0))))),
      effection:
        effection &&
        (() =>
          effection.run(function* () {
            yield* effection.all(
              times(YIELDERS, () =>
                (function* () {
                  for (let index = 0; index < YIELDS; index++) yield* effection.sleep(0);
                })(),
              ),
            );
          })),
      effect: effectModule && effectYields(effectModule),
    },
  },
  [`a checkpoint that need not wait: ${YIELDERS} tasks, ${YIELDS} each`]: {
    count: YIELDERS * YIELDS,
    candidates: {
      'offloop event.wait()': () => {
        const event = new Event();
        event.set();
        return run(() => gather(times(YIELDERS, () => yielder(() => event.wait()))));
      },
      'p-limit':
        pLimit &&
        (() =>
          Promise.all(
            times(
              YIELDERS,
              (
                (limit) => () =>
                  yielder(() => limit(noop))()
              )(pLimit(Infinity)),
            ),
          )),
      'p-queue':
        PQueue &&
        (() =>
          Promise.all(
            times(
              YIELDERS,
              (
                (queue) => () =>
                  yielder(() => queue.add(noop))()
              )(new PQueue()),
            ),
          )),
    },
  },
  [`a lock hand-over: ${CONTENDERS} tasks, ${HOLDS} times each`]: {
    count: CONTENDERS * HOLDS,
    candidates: {
      'offloop Lock': () => {
        const lock = new Lock();
        return run(() => gather(times(CONTENDERS, () => holder(() => lock.run(noop)))));
      },
      'p-limit(1)':
        pLimit &&
        (() =>
          Promise.all(
            times(
              CONTENDERS,
              (
                (limit) => () =>
                  holder(() => limit(noop))()
              )(pLimit(1)),
            ),
          )),
      'p-queue(1)':
        PQueue &&
        (() =>
          Promise.all(
            times(
              CONTENDERS,
              (
                (queue) => () =>
                  holder(() => queue.add(noop))()
              )(new PQueue({ concurrency: 1 })),
            ),
          )),
      effect: effectModule && effectLock(effectModule),
    },
  },
  [`a queue item: ${ITEMS} through a queue of ${CAPACITY}`]: {
    count: ITEMS,
    candidates: {
      'offloop Queue': () => {
        const queue = new Queue({ maxSize: CAPACITY });
        return run(() =>
          gather([
            async () => {
              for (let index = 0; index < ITEMS; index++) await queue.put(index);
              queue.shutdown();
            },
            async () => {
              let sum = 0;
              for await (const item of queue) sum += item;
              return sum;
            },
          ]),
        );
      },
      'p-queue':
        PQueue &&
        (async () => {
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
        }),
      'effection channel': effection && effectionQueue(effection),
      effect: effectModule && effectQueue(effectModule),
    },
  },
};

function yielder(wait) {
  return async () => {
    for (let index = 0; index < YIELDS; index++) await wait();
  };
}

function holder(hold) {
  return async () => {
    for (let index = 0; index < HOLDS; index++) await hold();
  };
}

function effectTasks({ Effect, Fiber }) {
  const fork = Effect.forkChild ?? Effect.fork;
  const program = Effect.gen(function* () {
    const fibers = [];
    for (let index = 0; index < TASKS; index++) fibers.push(yield* fork(Effect.promise(noop)));
    for (const fiber of fibers) yield* Fiber.join(fiber);
  });
  return () => Effect.runPromise(program);
}

function effectLimited({ Effect }) {
  const program = Effect.all(
    times(TASKS, () => Effect.promise(noop)),
    { concurrency: 8, discard: true },
  );
  return () => Effect.runPromise(program);
}

function effectYields({ Effect }) {
  const yieldNow = typeof Effect.yieldNow === 'function' ? Effect.yieldNow() : Effect.yieldNow;
  const one = Effect.gen(function* () {
    for (let index = 0; index < YIELDS; index++) yield* yieldNow;
  });
  return () =>
    Effect.runPromise(
      Effect.all(
        times(YIELDERS, () => one),
        { concurrency: 'unbounded', discard: true },
      ),
    );
}

function effectLock({ Effect, Semaphore }) {
  const make = Effect.makeSemaphore ?? Semaphore?.make;
  if (make === undefined) return undefined;
  const program = Effect.gen(function* () {
    const semaphore = yield* make(1);
    const hold = semaphore.withPermits(1)(Effect.promise(noop));
    const one = Effect.gen(function* () {
      for (let index = 0; index < HOLDS; index++) yield* hold;
    });
    yield* Effect.all(
      times(CONTENDERS, () => one),
      { concurrency: 'unbounded', discard: true },
    );
  });
  return () => Effect.runPromise(program);
}

function effectQueue({ Effect, Queue: EffectQueue }) {
  const program = Effect.gen(function* () {
    const queue = yield* EffectQueue.bounded(CAPACITY);
    const producer = Effect.gen(function* () {
      for (let index = 0; index < ITEMS; index++) yield* EffectQueue.offer(queue, index);
    });
    const consumer = Effect.gen(function* () {
      let sum = 0;
      for (let index = 0; index < ITEMS; index++) sum += yield* EffectQueue.take(queue);
      return sum;
    });
    yield* Effect.all([producer, consumer], { concurrency: 'unbounded' });
  });
  return () => Effect.runPromise(program);
}

function effectionQueue({ run: start, spawn, createChannel }) {
  return () =>
    start(function* () {
      const channel = createChannel();
      const subscription = yield* channel;
      yield* spawn(function* () {
        for (let index = 0; index < ITEMS; index++) yield* channel.send(index);
        yield* channel.close();
      });
      let sum = 0;
      for (let next = yield* subscription.next(); !next.done; next = yield* subscription.next()) sum += next.value;
      return sum;
    });
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

console.log(`Node ${process.version}, ${ROUNDS} rounds, ns per operation (median), × = slower than offloop's best`);
for (const [title, { count, candidates }] of Object.entries(measures)) {
  const present = Object.entries(candidates).filter(([, fn]) => typeof fn === 'function');
  const results = new Map(present.map(([name]) => [name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, fn] of present) {
      const start = performance.now();
      try {
        await fn();
      } catch (error) {
        console.log(`  ${name}: ${String(error)}`);
        results.delete(name);
        continue;
      }
      // The round before the first only warms up.
      if (round >= 0) results.get(name)?.push(((performance.now() - start) * 1e6) / count);
    }
  }
  console.log(`\n${title}`);
  const own = Math.min(...[...results].filter(([name]) => name.startsWith('offloop')).map(([, ns]) => median(ns)));
  for (const [name, ns] of results) {
    const value = median(ns);
    console.log(`  ${name.padEnd(24)} ${value.toFixed(0).padStart(8)} ns  × ${(value / own).toFixed(2)}`);
  }
}
