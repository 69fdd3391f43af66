import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import {
  createTask,
  gather,
  getRunningLoop,
  ProcessPoolExecutor,
  run,
  sleep,
  ThreadPoolExecutor,
  timeout,
  TimeoutError,
} from 'offloop';
import { Sequencer, VirtualClock } from 'offloop/testing';

describe('VirtualClock', () => {
  it('jumps over an hour', async () => {
    using clock = new VirtualClock();
    await sleep(3_600_000);
    assert.equal(clock.now(), 3_600_000);
    assert.equal(getRunningLoop().time(), 3_600_000);
  });

  it('does not jump while tasks can run', async () => {
    using clock = new VirtualClock();
    const order: string[] = [];
    await run(
      () =>
        gather([
          async () => {
            await sleep(10);
            order.push('timer');
          },
          async () => {
            for (let turn = 0; turn < 50; turn++) await sleep(0);
            order.push(`turns at ${clock.now()}`);
          },
        ]),
      { signals: false },
    );
    assert.deepEqual(order, ['turns at 0', 'timer']);
  });

  for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor]) {
    it(`stands still while a ${Pool.name} works, and not when it has nothing to do`, async () => {
      using clock = new VirtualClock();
      await using pool = new Pool({ maxWorkers: 1 });
      const busy = (ms: number): string => {
        const end = performance.now() + ms;
        while (performance.now() < end);
        return 'done';
      };
      assert.equal(await timeout(10_000, () => pool.submit(busy, 50)), 'done');
      assert.equal(await pool.with({ timeout: 10_000 }).submit(busy, 50), 'done');
      assert.equal(clock.now(), 0);
      await sleep(3_600_000);
      assert.equal(clock.now(), 3_600_000);
    });
  }

  it('jumps although somebody listens to a port, as test runners do', async () => {
    using clock = new VirtualClock();
    const { port1 } = new MessageChannel();
    port1.on('message', () => {});
    await sleep(3_600_000);
    assert.equal(clock.now(), 3_600_000);
    port1.close();
  });

  it('jumps from when it is told to', async () => {
    using clock = new VirtualClock({ autojump: false });
    const asleep = sleep(60_000, 'slept');
    clock.autojump = true;
    assert.deepEqual([await asleep, clock.now(), clock.autojump], ['slept', 60_000, true]);
  });

  it('fires deadlines in order, equal ones as they were set', async () => {
    using clock = new VirtualClock({ start: 100 });
    const order: number[] = [];
    await run(() => gather([30, 10, 20, 10].map((ms, index) => async () => void order.push(await sleep(ms, index)))), {
      signals: false,
    });
    assert.deepEqual([order, clock.now()], [[1, 3, 2, 0], 130]);
  });

  it('moves by advance() when it does not jump', async () => {
    using clock = new VirtualClock({ autojump: false });
    const task = createTask(() => timeout(50, () => sleep(1_000)));
    task.markRetrieved();
    await clock.advance(49);
    assert.equal(task.done(), false);
    await clock.advance(1);
    assert.equal(task.done(), true);
    await assert.rejects(task.result(), TimeoutError);
  });

  it('gives the real clock back', async () => {
    {
      using clock = new VirtualClock({ start: 1e12 });
      assert.equal(clock.now(), 1e12);
    }
    assert.ok(getRunningLoop().time() < 1e12);
    await sleep(1);
  });
});

describe('Sequencer', () => {
  it('runs steps in their order, whoever has them', async () => {
    const sequencer = new Sequencer();
    const order: number[] = [];
    await run(() => gather([2, 0, 1].map((position) => () => sequencer.step(position, () => order.push(position)))), {
      signals: false,
    });
    assert.deepEqual(order, [0, 1, 2]);
  });

  it('refuses a step that exists, and breaks when one is cancelled', async () => {
    await run(
      async () => {
        const sequencer = new Sequencer();
        await sequencer.step(0, () => {});
        await assert.rejects(
          sequencer.step(0, () => {}),
          /exists already/,
        );
        const [second, third] = [2, 3].map((position) => createTask(() => sequencer.step(position, () => {})));
        await sleep(0);
        second?.cancel();
        await assert.rejects(async () => await third, /broken/);
      },
      { signals: false },
    );
  });
});
