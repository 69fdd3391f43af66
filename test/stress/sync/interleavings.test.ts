import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Barrier,
  BoundedSemaphore,
  BrokenBarrierError,
  CancelledError,
  CapacityLimiter,
  Condition,
  createTask,
  Event,
  isCancellation,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  QueueShutDownError,
  run,
  Semaphore,
  sleep,
  type Task,
  taskGroup,
  timeout,
  TimeoutError,
} from 'offloop';
import { VirtualClock } from 'offloop/testing';
import { Random } from '../../fixtures/random.js';

const ROUNDS = Number(process.env['OFFLOOP_FUZZ_ROUNDS'] ?? 1_000);
const SEED = Number(process.env['OFFLOOP_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** One program of tasks that meet at a primitive: what they do, when, and who is cancelled is up to the seed. */
class Round {
  readonly random: Random;
  readonly #tasks: Task[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** Nothing, a microtask, a turn or some time passes. */
  async pause(): Promise<void> {
    const kind = this.random.below(5);
    if (kind === 1) await Promise.resolve();
    if (kind === 2) await sleep(0);
    if (kind >= 3) await sleep(this.random.below(4));
  }

  /** Options for a wait: mostly none, at times so little time that it races the grant. */
  limit(): { timeout: number } | undefined {
    return this.random.chance(0.3) ? { timeout: this.random.below(4) } : undefined;
  }

  /** Begins a task that may end by everything that may end it. */
  begin(fn: () => Promise<void>): void {
    const guarded = async (): Promise<void> => {
      try {
        await this.pause();
        await (this.random.chance(0.2) ? timeout(this.random.below(5), fn) : fn());
      } catch (error) {
        if (!isExpected(error)) throw error;
      }
    };
    const inGroup = (): Promise<void> => taskGroup((tg) => void tg.createTask(guarded));
    this.#tasks.push(createTask(this.random.chance(0.2) ? inGroup : guarded));
  }

  /** Cancels somebody who has not ended. */
  cancelOne(): void {
    const left = this.#tasks.filter((task) => !task.done());
    if (left.length > 0) this.random.pick(left).cancel('chance');
  }

  /** In the same breath as what was done before: who was just granted something is cancelled before it has it. */
  perhapsCancel(): void {
    if (this.random.chance(0.3)) this.cancelOne();
  }

  /** Lets everything that can happen do so; nobody is cancelled any more. */
  async rest(): Promise<void> {
    await sleep(100);
  }

  /** Ends those who still wait, and looks whether anybody failed. */
  async end(): Promise<void> {
    for (const task of this.#tasks) task.cancel('the end');
    for (const task of this.#tasks) {
      try {
        await task;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
      }
    }
  }
}

function isExpected(error: unknown): boolean {
  const isEnd = error instanceof TimeoutError || error instanceof QueueShutDownError;
  return isEnd || error instanceof BrokenBarrierError || isCancellation(error);
}

/** Runs a scenario with many seeds, on a clock that jumps. */
function rounds(title: string, scenario: (round: Round) => Promise<void>): void {
  void it(title, async () => {
    using _clock = new VirtualClock();
    await run(
      async () => {
        for (let index = 0; index < ROUNDS; index++) {
          const seed = (SEED + index) >>> 0;
          try {
            await scenario(new Round(seed));
          } catch (cause) {
            throw new Error(`Round with OFFLOOP_FUZZ_SEED=${seed} failed; OFFLOOP_FUZZ_ROUNDS=1 runs it alone`, {
              cause,
            });
          }
        }
      },
      { signals: false },
    );
  });
}

const ascending = (a: number, b: number): number => a - b;

describe(`chance meetings, OFFLOOP_FUZZ_SEED=${SEED}`, () => {
  rounds('every item of a queue is got by one, still in it or dropped by the shutdown', async (round) => {
    const { random } = round;
    const Kind = random.pick([Queue, LifoQueue, PriorityQueue]);
    const queue: Queue<number> = new Kind<number>({ maxSize: random.below(4) });
    const put: number[] = [];
    const got: number[] = [];
    let dropped = 0;
    let items = 0;
    // Some rounds are short of items, some of room.
    const puts = random.next();
    const take = (item: number): void => {
      got.push(item);
      queue.taskDone();
      round.perhapsCancel();
    };
    const getSome = async (): Promise<void> => {
      if (random.chance(0.3)) for await (const item of queue) take(item);
      else for (let left = random.below(4); left > 0; left--) take(await queue.get(round.limit()));
    };
    const putSome = async (): Promise<void> => {
      for (let left = random.below(4); left > 0; left--) {
        const item = items++;
        await queue.put(item, round.limit());
        put.push(item);
        round.perhapsCancel();
      }
    };
    for (let step = random.below(20); step > 0; step--) {
      const kind = random.below(10);
      if (kind < 6) round.begin(random.chance(puts) ? putSome : getSome);
      else if (kind < 8) round.cancelOne();
      else if (kind === 8 && !queue.empty()) take(queue.getNowait());
      await round.pause();
    }
    if (random.chance(0.3)) {
      const immediate = random.chance(0.5);
      if (immediate) dropped = queue.qsize();
      queue.shutdown({ immediate });
    }
    await round.rest();
    const { waitingGets, waitingPuts } = queue.statistics();
    assert.ok(waitingGets === 0 || queue.empty(), 'somebody waits for an item that is there');
    assert.ok(waitingPuts === 0 || queue.full(), 'somebody waits for room that is there');
    await round.end();
    const inside: number[] = [];
    assert.equal(queue.statistics().unfinished, queue.qsize());
    while (!queue.empty()) inside.push(queue.getNowait());
    const seen = [...got, ...inside].sort(ascending);
    assert.equal(new Set(seen).size, seen.length, 'an item came twice');
    assert.equal(seen.length + dropped, put.length);
    const all = new Set(put);
    assert.deepEqual(
      seen.filter((item) => !all.has(item)),
      [],
      'an item came of a put that failed',
    );
    assert.deepEqual([queue.statistics().waitingGets, queue.statistics().waitingPuts], [0, 0]);
  });

  rounds('no more hold a permit than there are, and all come back', async (round) => {
    const { random } = round;
    const total = 1 + random.below(3);
    const permits = random.pick<() => Lock | Semaphore | CapacityLimiter>([
      () => new Lock(),
      () => new Semaphore(total),
      () => new BoundedSemaphore(total),
      () => new CapacityLimiter(total),
    ])();
    const most = permits.value;
    let held = 0;
    const hold = async (): Promise<void> => {
      held++;
      try {
        assert.ok(held <= most, `${held} of ${most} at once`);
        await round.pause();
      } finally {
        held--;
      }
    };
    const byGuard = async (): Promise<void> => {
      const guard = (random.chance(0.3) ? permits.tryAcquire() : undefined) ?? (await permits.acquire(round.limit()));
      try {
        await hold();
      } finally {
        guard.release();
        round.perhapsCancel();
      }
    };
    for (let step = random.below(24); step > 0; step--) {
      const kind = random.below(10);
      if (kind < 4) round.begin(() => permits.run(hold, round.limit()));
      else if (kind < 7) round.begin(byGuard);
      else round.cancelOne();
      await round.pause();
    }
    await round.rest();
    assert.ok(permits.statistics().waiting === 0 || permits.value <= 0, 'somebody waits for a permit that is free');
    await round.end();
    assert.deepEqual([held, permits.value, permits.statistics().waiting], [0, most, 0]);
  });

  rounds('a limiter whose limit moves ends with as many permits as it says', async (round) => {
    const { random } = round;
    const limiter = new CapacityLimiter(1 + random.below(3));
    for (let step = random.below(24); step > 0; step--) {
      const kind = random.below(10);
      if (kind < 6) round.begin(() => limiter.run(() => round.pause(), round.limit()));
      else if (kind < 8) round.cancelOne();
      else limiter.total = 1 + random.below(4);
      await round.pause();
    }
    await round.rest();
    await round.end();
    assert.deepEqual([limiter.borrowed, limiter.value, limiter.statistics().waiting], [0, limiter.total, 0]);
  });

  rounds('no notification of a condition is lost, and its lock comes back', async (round) => {
    const { random } = round;
    const condition = new Condition();
    let made = 0;
    let taken = 0;
    const consume = (): Promise<void> =>
      condition.run(async () => {
        await condition.waitFor(() => made > taken, round.limit());
        taken++;
      }, round.limit());
    const produce = (): Promise<void> =>
      condition.run(() => {
        made++;
        condition.notify();
        round.perhapsCancel();
      });
    for (let step = random.below(24); step > 0; step--) {
      const kind = random.below(10);
      if (kind < 4) round.begin(consume);
      else if (kind < 7) round.begin(produce);
      else round.cancelOne();
      await round.pause();
    }
    await round.rest();
    assert.equal(condition.locked(), false);
    assert.ok(taken === made || condition.statistics().waiting === 0, 'somebody waits for what is there');
    await round.end();
    assert.ok(taken <= made);
    assert.deepEqual(condition.statistics(), { locked: false, waiting: 0 });
  });

  rounds('a barrier that was left, reset or aborted can be used again; a set event keeps nobody', async (round) => {
    const { random } = round;
    const parties = 1 + random.below(3);
    const barrier = new Barrier(parties);
    const event = new Event();
    for (let step = random.below(24); step > 0; step--) {
      const kind = random.below(12);
      if (kind < 4) round.begin(async () => assert.ok((await barrier.wait(round.limit())) < parties));
      else if (kind < 6) round.begin(async () => void (await event.wait(round.limit())));
      else if (kind < 8) round.cancelOne();
      else if (kind === 8) barrier.reset();
      else if (kind === 9 && random.chance(0.3)) barrier.abort();
      else if (kind === 10) event.set();
      else event.clear();
      await round.pause();
    }
    event.set();
    await round.rest();
    assert.equal(event.statistics().waiting, 0);
    assert.ok(barrier.nWaiting < parties, 'enough have arrived, and wait all the same');
    await round.end();
    assert.equal(barrier.nWaiting, 0);
    barrier.reset();
    const indexes = await Promise.all(Array.from({ length: parties }, () => barrier.wait()));
    assert.deepEqual(
      indexes.sort(ascending),
      Array.from({ length: parties }, (_, index) => index),
    );
  });
});
