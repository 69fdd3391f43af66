import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Condition,
  createTask,
  Event,
  gather,
  Lock,
  Queue,
  run,
  Semaphore,
  sleep,
  taskGroup,
  timeout,
  TimeoutError,
} from 'offloop';
import { VirtualClock } from 'offloop/testing';
import { runProgram } from '../../conformance/python/program.ts';

/** Far more than fit between two turns. A loop that gets no turn could not end the test by a time limit. */
const STARVED = 1_000_000;

/** Counts a hand-over; false when it is time to stop. */
type Step = () => boolean;

const noop = async (): Promise<void> => {};
const three = (fn: () => Promise<void>): (() => Promise<void>)[] => [fn, fn, fn];

/** Tasks that hand things to each other without an end, and wait for nothing else. */
const KINDS: Record<string, (step: Step) => (() => Promise<void>)[]> = {
  'items of two queues'(step) {
    const [there, back] = [new Queue<number>(), new Queue<number>()];
    const ping = async (): Promise<void> => {
      while (step()) {
        await there.put(1);
        await back.get();
      }
      there.shutdown();
    };
    const pong = async (): Promise<void> => {
      for await (const item of there) await back.put(item);
    };
    return [ping, pong];
  },
  'items of a bounded queue'(step) {
    const queue = new Queue<number>({ maxSize: 1 });
    const produce = async (): Promise<void> => {
      while (step()) await queue.put(1);
      queue.shutdown();
    };
    const consume = async (): Promise<void> => {
      for await (const item of queue) assert.equal(item, 1);
    };
    return [produce, consume];
  },
  'a lock that is acquired'(step) {
    const lock = new Lock();
    return three(async () => {
      while (step()) {
        const guard = await lock.acquire();
        await Promise.resolve();
        guard.release();
      }
    });
  },
  'a lock to run with'(step) {
    const lock = new Lock();
    return three(async () => {
      while (step()) await lock.run(noop);
    });
  },
  'tasks that are made and awaited': (step) => [
    async () => {
      while (step()) await createTask(noop);
    },
  ],
  'both ways to hold a semaphore'(step) {
    const semaphore = new Semaphore(2);
    const acquire = async (): Promise<void> => {
      while (step()) {
        const guard = await semaphore.acquire();
        await Promise.resolve();
        guard.release();
      }
    };
    const hold = async (): Promise<void> => {
      while (step()) await semaphore.run(noop);
    };
    return [acquire, hold, acquire, hold];
  },
  'an event and a condition'(step) {
    const condition = new Condition();
    let event = new Event();
    const state = { over: false };
    const notify = async (): Promise<void> => {
      while (step()) {
        const next = event;
        await condition.run(() => condition.notifyAll());
        await next.wait();
      }
      state.over = true;
      await condition.run(() => condition.notifyAll());
    };
    const answer = (): Promise<void> =>
      condition.run(async () => {
        while (!state.over) {
          await condition.wait();
          event.set();
          event = new Event();
        }
      });
    return [answer, notify];
  },
  'children of a group': (step) => [
    () =>
      taskGroup(async (tg) => {
        while (step()) await tg.createTask(noop);
      }),
  ],
  'children of a group with a limit': (step) => [
    () =>
      taskGroup(
        async (tg) => {
          const repeat = async (): Promise<void> => {
            while (step()) await tg.createTask(noop);
          };
          await gather([repeat, repeat, repeat]);
        },
        { limit: 1 },
      ),
  ],
  'functions of a gather': (step) => [
    async () => {
      while (step()) await gather([noop, noop]);
    },
  ],
  'functions that wait for their turn in a gather': (step) => [
    async () => {
      const count = async (): Promise<void> => void step();
      await gather(Array<() => Promise<void>>(100_000).fill(count), { concurrency: 1 });
    },
  ],
};

/** Runs the tasks until `ended()`, or for so long that the loop must be starving. */
async function runUntil(kind: string, ended: () => boolean): Promise<number> {
  let steps = 0;
  const step = (): boolean => {
    assert.ok(++steps < STARVED, 'the loop got no turn');
    return !ended();
  };
  await gather((KINDS[kind] as (typeof KINDS)[string])(step), { failFast: true });
  return steps;
}

for (const kind of Object.keys(KINDS)) {
  describe(`while tasks hand over ${kind}`, { timeout: 60_000 }, () => {
    it('timers, signals and what waits for a turn come all the same', async () => {
      const missing = new Set(['timer', 'signal', 'turn', 'library']);
      const came = (what: string): void => void missing.delete(what);
      setTimeout(came, 1, 'timer');
      process.once('SIGUSR2', came.bind(undefined, 'signal'));
      process.kill(process.pid, 'SIGUSR2');
      await run(
        async () => {
          const turn = createTask(async () => {
            await sleep(0);
            came('turn');
            await sleep(1);
            came('library');
          });
          await runUntil(kind, () => missing.size === 0);
          assert.deepEqual([...missing], []);
          await turn;
        },
        { signals: false },
      );
    });

    it('a timeout ends them', async () => {
      await run(
        () =>
          assert.rejects(
            timeout(1, () => runUntil(kind, () => false)),
            TimeoutError,
          ),
        { signals: false },
      );
    });

    it('a virtual clock stands still', async () => {
      using clock = new VirtualClock();
      await run(
        async () => {
          const sleeper = createTask(() => sleep(1));
          let turns = 0;
          const interval = setInterval(() => turns++, 1);
          await runUntil(kind, () => turns >= 3);
          clearInterval(interval);
          assert.equal(clock.now(), 0);
          await sleeper;
          assert.equal(clock.now(), 1);
        },
        { signals: false },
      );
    });
  });
}

describe('a program whose tasks only hand items to each other', () => {
  it('ends by SIGTERM as any other, its clean-up done', { timeout: 60_000 }, async () => {
    const { code, stdout, stderr } = await runProgram(`
      const queue = new Queue({ maxSize: 10 });
      const produce = async () => {
        try {
          for (let item = 0; item < ${STARVED}; item++) await queue.put(item);
          console.log('the loop got no turn');
        } finally {
          console.log('cleaned up');
        }
      };
      const consume = async () => {
        for await (const item of queue) if (item === 1000) process.kill(process.pid, 'SIGTERM');
      };
      await run(() => gather([produce, consume], { failFast: true }));
    `);
    assert.deepEqual([code, stdout, stderr], [143, 'cleaned up\n', '']);
  });
});
