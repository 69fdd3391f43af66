import assert from 'node:assert/strict';
import { describe } from 'node:test';
import {
  BoundedSemaphore,
  CapacityLimiter,
  Condition,
  createTask,
  gather,
  Lock,
  Semaphore,
  sleep,
  type Guard,
  type WaitOptions,
} from 'offloop';
import { Random } from '../../fixtures/random.ts';
import { inRun, isCancelled, settle } from '../../conformance/python/support.ts';

/** What they have in common. */
interface Guarded {
  acquire(options?: WaitOptions): Promise<Guard>;
  tryAcquire(): Guard | undefined;
  release(): void;
  locked(): boolean;
}

const KINDS: Readonly<Record<string, () => Guarded>> = {
  Lock: () => new Lock(),
  Semaphore: () => new Semaphore(1),
  BoundedSemaphore: () => new BoundedSemaphore(1),
  CapacityLimiter: () => new CapacityLimiter(1),
  Condition: () => new Condition(),
};

for (const [name, make] of Object.entries(KINDS)) {
  describe(`the guard of a ${name}`, () => {
    inRun('releases at the end of its block', async () => {
      const guarded = make();
      {
        using guard = await guarded.acquire();
        assert.deepEqual([typeof guard.release, guarded.locked()], ['function', true]);
      }
      assert.equal(guarded.locked(), false);
      {
        using guard = guarded.tryAcquire();
        assert.notEqual(guard, undefined);
        using second = guarded.tryAcquire();
        assert.equal(second, undefined, 'a block may be given nothing to dispose of');
      }
      assert.equal(guarded.locked(), false);
    });

    inRun('releases when the block throws or returns', async () => {
      const guarded = make();
      const inBlock = async (failure?: Error): Promise<string> => {
        using _ = await guarded.acquire();
        if (failure !== undefined) throw failure;
        return 'returned';
      };
      const failure = new RangeError('in the block');
      await assert.rejects(inBlock(failure), failure);
      assert.equal(guarded.locked(), false);
      assert.equal(await inBlock(), 'returned');
      assert.equal(guarded.locked(), false);
    });

    inRun('releases when the task is cancelled in the block, and the next in line has it', async () => {
      const guarded = make();
      const order: string[] = [];
      const hold = (who: string, ms: number) =>
        createTask(async () => {
          using _ = await guarded.acquire();
          order.push(who);
          await sleep(ms);
        });
      const [first, second] = [hold('first', Infinity), hold('second', 0)];
      await settle();
      first.cancel('enough');
      await assert.rejects(first.result(), isCancelled('enough'));
      await second;
      assert.deepEqual([order, guarded.locked()], [['first', 'second'], false]);
    });

    inRun('releases once: what others hold later is theirs', async () => {
      const guarded = make();
      const guard = await guarded.acquire();
      guard.release();
      const other = await guarded.acquire();
      guard.release();
      guard[Symbol.dispose]();
      assert.equal(guarded.locked(), true);
      other.release();
      assert.equal(guarded.locked(), false);
    });

    inRun('one that never waited for does not exist: a cancelled acquire() holds nothing', async () => {
      const guarded = make();
      const holder = await guarded.acquire();
      let entered = 0;
      const task = createTask(async () => {
        using _ = await guarded.acquire();
        entered++;
      });
      await settle();
      // In one go: granted, then cancelled before it could resume.
      holder.release();
      task.cancel();
      await assert.rejects(task.result(), isCancelled());
      assert.deepEqual([entered, guarded.locked()], [0, false]);
    });

    inRun('lets one in at a time, over hundreds of blocks, some of them cancelled', async () => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const random = new Random(seed);
      const guarded = make();
      let inside = 0;
      const tasks = Array.from({ length: 300 }, () =>
        createTask(async () => {
          using _ = await guarded.acquire();
          assert.equal(++inside, 1, `seed ${seed}`);
          try {
            for (let turns = random.below(3); turns > 0; turns--) await sleep(0);
          } finally {
            inside--;
          }
        }),
      );
      const cancelling = createTask(async () => {
        for (const task of tasks) {
          if (random.chance(0.3)) task.cancel();
          if (random.chance(0.2)) await sleep(0);
        }
      });
      await gather([cancelling, ...tasks], { returnExceptions: true });
      const failed = tasks.filter((task) => !task.cancelled()).map((task) => task.exceptionNow());
      assert.deepEqual([failed.filter(Boolean), inside, guarded.locked()], [[], 0, false], `seed ${seed}`);
    });
  });
}
