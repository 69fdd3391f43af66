import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import {
  CancelledError,
  createTask,
  currentTask,
  getRunningLoop,
  InvalidStateError,
  moveOnAfter,
  shield,
  sleep,
  suppressedErrors,
  taskGroup,
  timeout,
  timeoutAt,
  TimeoutError,
  type Timeout,
} from 'offloop';
import { inTime, isCancelled } from './support.js';

/** The timeout object, looked at after its block. */
async function expiring(
  ms: number | null,
  fn: (t: Timeout) => Promise<unknown>,
): Promise<{ limit: Timeout; error: unknown }> {
  let limit: Timeout | undefined;
  const error = await timeout(ms, async (t) => {
    limit = t;
    await fn(t);
  }).catch((reason: unknown) => reason);
  return { limit: limit as Timeout, error };
}

describe('asyncio.timeout', () => {
  inTime('AIO-TMO-001 a TimeoutError leaves the block', async (clock) => {
    const { limit, error } = await expiring(10, () => sleep(10_000));
    assert.ok(error instanceof TimeoutError);
    assert.ok(error.cause instanceof CancelledError);
    assert.deepEqual([limit.expired(), clock.now()], [true, 10]);
  });

  inTime('AIO-TMO-002 timeoutAt() takes a time of the loop', async () => {
    const deadline = getRunningLoop().time() + 10;
    let limit: Timeout | undefined;
    await assert.rejects(
      timeoutAt(deadline, async (t) => {
        limit = t;
        await sleep(10_000);
      }),
      TimeoutError,
    );
    assert.deepEqual([limit?.expired(), limit?.when()], [true, deadline]);
  });

  inTime('AIO-TMO-004 a block in time leaves no timer', async (clock) => {
    const { limit, error } = await expiring(10_000, () => sleep(10));
    assert.deepEqual([error, limit.expired(), clock.pending], [undefined, false, 0]);
  });

  inTime('AIO-TMO-005 null never fires', async () => {
    const { limit, error } = await expiring(null, () => sleep(1_000_000));
    assert.deepEqual([error, limit.when(), limit.expired()], [undefined, null, false]);
  });

  inTime('AIO-TMO-006 timeoutAt(null) never fires', async () => {
    assert.equal(await timeoutAt(null, () => sleep(1_000, 'done')), 'done');
  });

  inTime('AIO-TMO-007 zero fires at the first wait', async (clock) => {
    const { limit, error } = await expiring(0, () => sleep(10_000));
    assert.ok(error instanceof TimeoutError);
    assert.deepEqual([limit.expired(), clock.now()], [true, 0]);
  });

  inTime('AIO-TMO-009 a deadline in the past fires at sleep(0)', async () => {
    const { error } = await expiring(-11, () => sleep(0));
    assert.ok(error instanceof TimeoutError);
  });

  inTime('AIO-TMO-010 a block that is late but never waits has not timed out', async () => {
    const { limit, error } = await expiring(0, async () => {});
    assert.deepEqual([error, limit.expired()], [undefined, false]);
  });

  inTime('AIO-TMO-011 of two with the same deadline only the outer throws its TimeoutError', async () => {
    const inner: Timeout[] = [];
    let seen: unknown;
    const { limit: outer, error } = await expiring(10, async () => {
      try {
        await timeout(10, async (t) => {
          inner.push(t);
          await sleep(10_000);
        });
      } catch (reason) {
        seen = reason;
        throw reason;
      }
    });
    assert.ok(error instanceof TimeoutError);
    assert.ok(seen instanceof CancelledError);
    assert.deepEqual([inner[0]?.expired(), outer.expired()], [true, true]);
  });

  inTime('AIO-TMO-012 an inner one that has not expired lets the cancellation of the outer through', async () => {
    let inner: Timeout | undefined;
    const { limit: outer, error } = await expiring(2, () =>
      timeout(100, async (t) => {
        inner = t;
        await sleep(10_000);
      }),
    );
    assert.ok(error instanceof TimeoutError);
    assert.deepEqual([inner?.expired(), outer.expired()], [false, true]);
  });

  inTime(
    'AIO-TMO-014 a timeout in the clean-up of a timeout: both are TimeoutErrors with causes of their own',
    async () => {
      let second: unknown;
      const { error } = await expiring(10, async () => {
        try {
          await sleep(10_000);
        } finally {
          await shield(() => timeout(10, () => sleep(10_000))).catch((reason: unknown) => (second = reason));
        }
      });
      assert.ok(error instanceof TimeoutError && second instanceof TimeoutError);
      assert.notEqual(error.cause, second.cause);
    },
  );

  inTime('AIO-TMO-015 another error in time passes', async () => {
    const { limit, error } = await expiring(1_000, async () => {
      throw new RangeError('in the block');
    });
    assert.ok(error instanceof RangeError);
    assert.equal(limit.expired(), false);
  });

  inTime('AIO-TMO-016 an error of the clean-up wins; the TimeoutError is kept beside it', async () => {
    const { error } = await expiring(10, async () => {
      try {
        await sleep(10_000);
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- the case
        throw new RangeError('clean-up');
      }
    });
    assert.ok(error instanceof RangeError);
    assert.ok(suppressedErrors(error)[0] instanceof TimeoutError);
  });

  inTime('AIO-TMO-019 a cancel from elsewhere before the deadline stays a CancelledError', async () => {
    let limit: Timeout | undefined;
    const task = createTask(() =>
      timeout(10_000, async (t) => {
        limit = t;
        await sleep(60_000);
      }),
    );
    await sleep(1);
    task.cancel('elsewhere');
    await assert.rejects(task.result(), isCancelled('elsewhere'));
    assert.equal(limit?.expired(), false);
  });

  inTime('a cancel from elsewhere wins over the timeout that fires in the same turn', async () => {
    const task = createTask(async () => {
      await timeout(10, async () => {
        try {
          await sleep(60_000);
        } finally {
          currentTask()?.cancel('elsewhere');
        }
      });
    });
    await assert.rejects(task.result(), isCancelled('elsewhere'));
  });

  inTime('AIO-TMO-020 a task that catches its TimeoutError is not cancelled', async () => {
    const task = createTask(async () => {
      await timeout(1, () => sleep(10_000)).catch(() => {});
      await sleep(1);
    });
    await task;
    assert.deepEqual([task.cancelled(), task.cancelling()], [false, 0]);
  });

  inTime('AIO-TMO-021 reschedule() moves the deadline, null removes it', async (clock) => {
    let limit: Timeout | undefined;
    const later = createTask(() => {
      const deadline = clock.now() + 100;
      return timeout(10, async (t) => {
        limit = t;
        t.reschedule(deadline);
        assert.equal(t.when(), deadline);
        await sleep(10_000);
      });
    });
    await assert.rejects(later.result(), TimeoutError);
    assert.equal(clock.now(), 100);
    const never = createTask(() =>
      timeout(10, async (t) => {
        limit = t;
        await sleep(1_000);
      }),
    );
    await sleep(5);
    limit?.reschedule(null);
    assert.equal(limit?.when(), null);
    await never;
  });

  inTime('AIO-TMO-022 a task that swallowed a cancel before can time out', async () => {
    const task = createTask(async () => {
      await sleep(10_000).catch(() => {});
      await timeout(0, () => sleep(1_000));
    });
    await sleep(1);
    task.cancel();
    await assert.rejects(task.result(), TimeoutError);
  });

  inTime('AIO-TMO-026 a finished timeout cannot be rescheduled', async () => {
    const { limit } = await expiring(10, async () => {});
    assert.throws(() => limit.reschedule(1), /Cannot change state of finished Timeout/);
  });

  inTime('AIO-TMO-027 an expired timeout cannot be rescheduled', async () => {
    const { limit } = await expiring(10, () => sleep(1_000));
    assert.throws(() => limit.reschedule(1), InvalidStateError);
    assert.throws(() => limit.reschedule(1), /expired/);
  });

  it('AIO-TMO-030 outside every task it works too: a scope needs none', async () => {
    await assert.rejects(
      timeout(1, () => sleep(10_000)),
      TimeoutError,
    );
    assert.equal(await timeout(10_000, () => sleep(1, 'done')), 'done');
  });

  inTime('AIO-TMO-031 around a task group whose child fails in its clean-up, that failure comes out', async () => {
    const { error } = await expiring(10, () =>
      taskGroup(async (tg) => {
        tg.createTask(async () => {
          try {
            await sleep(10_000);
          } finally {
            // oxlint-disable-next-line no-unsafe-finally -- the case
            throw new RangeError('clean-up');
          }
        });
      }),
    );
    assert.ok(error instanceof RangeError);
    assert.ok(suppressedErrors(error)[0] instanceof TimeoutError);
  });

  inTime('AIO-TMO-032 inspect() shows state and deadline', async () => {
    let active = '';
    const { limit } = await expiring(10, async (t) => {
      active = inspect(t);
      await sleep(100);
    });
    assert.equal(active, 'Timeout { active, when: 10 }');
    assert.equal(inspect(limit), 'Timeout { expired, when: 10 }');
    assert.match(inspect((await expiring(null, async () => {})).limit), /Timeout \{ finished, when: null \}/);
  });

  inTime('a scope stays cancelled: catching the error does not rescue the block', async () => {
    const errors: unknown[] = [];
    await assert.rejects(
      timeout(10, async () => {
        for (let round = 0; round < 3; round++) await sleep(100).catch((error: unknown) => errors.push(error));
        await sleep(100);
      }),
      TimeoutError,
    );
    assert.equal(errors.length, 3);
  });

  inTime('moveOnAfter() gives undefined when it is late, and the value when not', async () => {
    assert.equal(await moveOnAfter(10, () => sleep(100, 'late')), undefined);
    assert.equal(await moveOnAfter(100, () => sleep(10, 'in time')), 'in time');
  });
});
