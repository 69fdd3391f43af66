import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  CapacityLimiter,
  createTask,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  run,
  Semaphore,
  sleep,
  type Task,
} from 'offloop';

/** What a random program does in one step. */
type Step =
  | { readonly kind: 'get' | 'put' | 'turn' | 'tick' | 'getNowait' }
  | { readonly kind: 'cancel'; readonly which: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('get', 'put', 'turn', 'tick', 'getNowait').map((kind) => ({ kind })) },
    { weight: 3, arbitrary: fc.nat().map((which) => ({ kind: 'cancel' as const, which })) },
  ),
  { maxLength: 60 },
);

const kinds = {
  Queue: (maxSize: number) => new Queue<number>({ maxSize }),
  LifoQueue: (maxSize: number) => new LifoQueue<number>({ maxSize }),
  PriorityQueue: (maxSize: number) => new PriorityQueue<number>({ maxSize }),
};

async function rest(step: Step): Promise<void> {
  if (step.kind === 'turn') await sleep(0);
  if (step.kind === 'tick') await Promise.resolve();
}

describe('cancellation neither loses nor doubles', () => {
  for (const [name, make] of Object.entries(kinds)) {
    it(`an item of a ${name}: got by one, or still in it, or never put`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 3 }), steps, (maxSize, program) =>
          run(() => itemsAreConserved(make(maxSize), program), { signals: false }),
        ),
        { numRuns: 150 },
      );
    });
  }

  for (const [name, make] of Object.entries({
    Lock: () => new Lock(),
    Semaphore: () => new Semaphore(2),
    CapacityLimiter: () => new CapacityLimiter(2),
  })) {
    it(`a permit of a ${name}: held by one or free`, async () => {
      await fc.assert(
        fc.asyncProperty(steps, (program) => run(() => permitsAreConserved(make(), program), { signals: false })),
        { numRuns: 150 },
      );
    });
  }
});

describe('run() of a lock', () => {
  it('a task cancelled in the same go in which it was granted never enters, and the next one does', async () => {
    await run(
      async () => {
        const lock = new Lock();
        const entered: string[] = [];
        const guard = await lock.acquire();
        const enter = (name: string) => createTask(() => lock.run(() => void entered.push(name)), { name });
        const [first, second] = [enter('first'), enter('second')];
        await sleep(0);
        guard.release();
        first.cancel();
        await second;
        assert.deepEqual(entered, ['second']);
        assert.equal(first.cancelled(), true);
        assert.equal(lock.locked(), false);
      },
      { signals: false },
    );
  });

  it('enters at once when it is free', async () => {
    const lock = new Lock();
    let entered = false;
    const running = lock.run(() => void (entered = true));
    assert.equal(entered, true);
    await running;
    assert.equal(lock.locked(), false);
  });
});

async function itemsAreConserved(queue: Queue<number>, program: readonly Step[]): Promise<void> {
  const got: number[] = [];
  const getters: Task<number>[] = [];
  const putters: { readonly item: number; readonly task: Task<void> }[] = [];
  let item = 0;
  for (const step of program) {
    if (step.kind === 'get') getters.push(createTask(() => queue.get()));
    if (step.kind === 'put') {
      const next = item++;
      putters.push({ item: next, task: createTask(() => queue.put(next)) });
    }
    if (step.kind === 'getNowait' && !queue.empty()) got.push(queue.getNowait());
    if (step.kind === 'cancel') {
      const tasks = [...getters, ...putters.map(({ task }) => task)];
      tasks[step.which % (tasks.length || 1)]?.cancel();
    }
    await rest(step);
  }
  for (let turn = 0; turn < 5; turn++) await sleep(0);
  for (const getter of getters) if (getter.done() && !getter.cancelled()) got.push(getter.resultNow());
  const inside: number[] = [];
  const put = putters.filter(({ task }) => task.done() && !task.cancelled()).map((one) => one.item);
  // Those that still wait with their item are let in by what is taken out here.
  const waiting = putters.filter(({ task }) => !task.done());
  for (const { task } of waiting) task.cancel();
  for (const getter of getters) if (!getter.done()) getter.cancel();
  await sleep(0);
  while (!queue.empty()) inside.push(queue.getNowait());
  assert.deepEqual([...got, ...inside].sort(ascending), put.sort(ascending));
  const { waitingGets, waitingPuts } = queue.statistics();
  assert.deepEqual([waitingGets, waitingPuts], [0, 0]);
}

async function permitsAreConserved(
  limiter: Lock | Semaphore | CapacityLimiter,
  program: readonly Step[],
): Promise<void> {
  const total = limiter.value;
  const tasks: Task[] = [];
  let held = 0;
  let most = 0;
  for (const step of program) {
    if (step.kind === 'get' || step.kind === 'put') {
      tasks.push(
        createTask(() =>
          limiter.run(async () => {
            most = Math.max(most, ++held);
            try {
              await (step.kind === 'get' ? sleep(0) : Promise.resolve());
            } finally {
              held--;
            }
          }),
        ),
      );
    }
    if (step.kind === 'cancel') tasks[step.which % (tasks.length || 1)]?.cancel();
    await rest(step);
  }
  for (let turn = 0; turn < 200 && tasks.some((task) => !task.done()); turn++) await sleep(0);
  assert.ok(most <= total, `${most} of ${total} at once`);
  assert.deepEqual([held, limiter.value, limiter.statistics().waiting], [0, total, 0]);
  assert.ok(tasks.every((task) => task.done()));
}

function ascending(a: number, b: number): number {
  return a - b;
}
