/**
 * The rules of docs/structured-concurrency.md, one suite each, on the library as it is published. What they say of
 * executors, and the twelfth, is in `rules-executors.test.ts`.
 */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  asCompleted,
  Barrier,
  cancellable,
  CancelledError,
  CapacityLimiter,
  Condition,
  createTask,
  currentSignal,
  currentTask,
  Event,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  isCancellation,
  Lock,
  moveOnAfter,
  Queue,
  QueueFullError,
  run,
  Semaphore,
  shield,
  sleep,
  suppressedErrors,
  taskGroup,
  timeout,
  TimeoutError,
  wait,
  waitFor,
  type Task,
  type TaskGroup,
} from 'offloop';
import { Sequencer } from 'offloop/testing';
import { FOREVER, inRun, inTime, isCancelled, settle } from '../python/support.ts';
import { errorOf, inCancelledScope, isSourced } from './scopes.ts';

/** A promise somebody else has in hand. */
function foreign<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    [resolve, reject] = [onResolve, onReject];
  });
  return { promise, resolve, reject };
}

function doneFuture(): Future<number> {
  const future = new Future<number>();
  future.setResult(1);
  return future;
}

function takenLock(): Lock {
  const lock = new Lock();
  lock.tryAcquire();
  return lock;
}

function fullQueue(): Queue<number> {
  const queue = new Queue<number>({ maxSize: 1 });
  queue.putNowait(1);
  return queue;
}

/** Waits that nothing but a cancellation ends. */
const ENDLESS: Readonly<Record<string, (tg: TaskGroup) => PromiseLike<unknown>>> = {
  'sleep()': () => sleep(Infinity),
  'await future': () => new Future(),
  'future.result()': () => new Future().result(),
  'future.exception()': () => new Future().exception(),
  'await task': () => createTask(() => sleep(Infinity)),
  'wait()': () => wait([new Future()]),
  'asCompleted()': () => asCompleted([new Future()])[Symbol.asyncIterator]().next(),
  'gather() of futures': () => gather([new Future()]),
  'gather() of functions': () => gather([() => sleep(Infinity)], { concurrency: 1 }),
  'waitFor() of a future': () => waitFor(new Future(), null),
  'waitFor() of a function': () => waitFor(() => sleep(Infinity), null),
  'tg.start()': (tg) => tg.start(() => sleep(Infinity)),
  'cancellable()': () => cancellable(FOREVER),
  'lock.acquire()': () => takenLock().acquire(),
  'lock.run()': () => takenLock().run(() => {}),
  'semaphore.acquire()': () => new Semaphore(0).acquire(),
  'semaphore.run()': () => new Semaphore(0).run(() => {}),
  'limiter.acquire()': () => {
    const limiter = new CapacityLimiter(1);
    limiter.tryAcquire();
    return limiter.acquire();
  },
  'event.wait()': () => new Event().wait(),
  'condition.acquire()': () => new Condition(takenLock()).acquire(),
  'condition.wait()': () => new Condition(takenLock()).wait(),
  'condition.waitFor()': () => new Condition(takenLock()).waitFor(() => false),
  'barrier.wait()': () => new Barrier(2).wait(),
  'queue.get()': () => new Queue().get(),
  'queue.put()': () => fullQueue().put(2),
  'queue.join()': () => fullQueue().join(),
  'for await of a queue': () => new Queue()[Symbol.asyncIterator]().next(),
  'sequencer.step()': () => new Sequencer().step(1, () => {}),
};

/** Waits that would be over at once. */
const OVER_AT_ONCE: Readonly<Record<string, (tg: TaskGroup) => PromiseLike<unknown>>> = {
  'sleep(0)': () => sleep(0),
  'lock.acquire()': () => new Lock().acquire(),
  'lock.run()': () => new Lock().run(() => {}),
  'semaphore.acquire()': () => new Semaphore(1).acquire(),
  'limiter.run()': () => new CapacityLimiter(1).run(() => {}),
  'event.wait()': () => {
    const event = new Event();
    event.set();
    return event.wait();
  },
  'barrier.wait()': () => new Barrier(1).wait(),
  'queue.get()': () => fullQueue().get(),
  'queue.put()': () => new Queue().put(1),
  'queue.join()': () => new Queue().join(),
  'for await of a queue': () => fullQueue()[Symbol.asyncIterator]().next(),
  'cancellable()': () => cancellable(Promise.resolve(1)),
  'wait()': () => wait([doneFuture()]),
  'asCompleted()': () => asCompleted([doneFuture()])[Symbol.asyncIterator]().next(),
  'waitFor() of a function': () => waitFor(() => assert.fail('it was called'), 1000),
  'waitFor() of a function, with zero': () => waitFor(() => assert.fail('it was called'), 0),
  'waitFor() of a future, with zero': () => waitFor(new Future(), 0),
  'taskGroup()': () => taskGroup(async () => {}),
  'sequencer.step()': () => new Sequencer().step(0, () => {}),
};

describe('Rule 1 Checkpoint: what returns a promise looks at the scope, what returns none does not', () => {
  for (const [name, begin] of Object.entries(ENDLESS)) {
    inRun(`${name} that begins in a cancelled scope rejects`, async () => {
      await taskGroup(async (outer) => {
        await inCancelledScope(async () => {
          await assert.rejects(async () => await begin(outer), isSourced('explicit', 'stop'));
        });
      });
    });

    inRun(`${name} that waits when the scope is cancelled rejects then`, async () => {
      await taskGroup(async (outer) => {
        let error: unknown;
        await taskGroup(async (tg) => {
          tg.createTask(async () => {
            await settle();
            tg.cancel('stop');
          });
          error = await errorOf(begin(outer));
        });
        assert.ok(isSourced('explicit', 'stop')(error));
      });
    });
  }

  for (const [name, begin] of Object.entries(OVER_AT_ONCE)) {
    inRun(`${name} looks at the scope although it would not have to wait`, async () => {
      await taskGroup(async (outer) => {
        await inCancelledScope(async () => {
          await assert.rejects(async () => await begin(outer), isSourced('explicit', 'stop'));
        });
      });
    });
  }

  inRun('a block is no wait: it begins, and what it waits for looks', async () => {
    await inCancelledScope(async () => {
      const block = async (): Promise<string> => 'begun';
      assert.deepEqual(
        [await timeout(1000, block), await moveOnAfter(1000, block), await shield(block)],
        ['begun', 'begun', 'begun'],
      );
      await assert.rejects(
        timeout(1000, () => sleep(0)),
        isSourced('explicit', 'stop'),
      );
      assert.equal(await waitFor(doneFuture(), 1000), 1, 'a future that is done gives its result');
    });
  });

  inRun('functions that return no promise work in a cancelled scope', async () => {
    await inCancelledScope(async () => {
      const [queue, lock, event, future] = [new Queue<number>({ maxSize: 1 }), new Lock(), new Event(), new Future()];
      queue.putNowait(1);
      assert.throws(() => queue.putNowait(2), QueueFullError);
      assert.equal(queue.getNowait(), 1);
      queue.taskDone();
      lock.tryAcquire()?.release();
      event.set();
      future.setResult(1);
      assert.deepEqual([queue.qsize(), lock.locked(), event.isSet(), future.resultNow()], [0, false, true, 1]);
    });
  });
});

describe('Rule 2 It did not happen: a wait that rejects took nothing and holds nothing', () => {
  inRun('a cancelled get leaves the item to the next', async () => {
    const queue = new Queue<string>();
    const first = createTask(() => queue.get());
    const second = createTask(() => queue.get());
    await settle();
    queue.putNowait('item');
    first.cancel(); // granted, and not there yet
    await assert.rejects(first.result(), isCancelled());
    assert.equal(await second, 'item');
    assert.equal(queue.qsize(), 0);
  });

  inRun('a get that rejects leaves the item in the queue, and a put that rejects leaves it out', async () => {
    const queue = fullQueue();
    await inCancelledScope(async () => {
      await assert.rejects(queue.get(), CancelledError);
      await assert.rejects(queue.put(2), CancelledError);
    });
    assert.equal(queue.getNowait(), 1);
    assert.equal(queue.empty(), true);
  });

  inRun('a put that is cancelled as room is made leaves the room to the next', async () => {
    const queue = fullQueue();
    const first = createTask(() => queue.put(2));
    const second = createTask(() => queue.put(3));
    await settle();
    assert.equal(queue.getNowait(), 1);
    first.cancel();
    await assert.rejects(first.result(), isCancelled());
    await second;
    assert.equal(queue.getNowait(), 3);
    assert.equal(queue.empty(), true);
  });

  for (const [name, make] of [
    ['lock', () => new Lock()],
    ['semaphore', () => new Semaphore(1)],
    ['limiter', () => new CapacityLimiter(1)],
  ] as const) {
    for (const [how, take] of [
      ['acquire()', (permits: Lock | Semaphore | CapacityLimiter) => permits.acquire()],
      ['run()', (permits: Lock | Semaphore | CapacityLimiter) => permits.run(() => 'ran')],
    ] as const) {
      inRun(`${name}.${how} cancelled right after the release gives the permit back`, async () => {
        const permits = make();
        const held = await permits.acquire();
        const cancelled = createTask<unknown>(() => take(permits));
        await settle();
        held.release();
        cancelled.cancel();
        await assert.rejects(cancelled.result(), isCancelled());
        assert.deepEqual([permits.locked(), permits.value, permits.statistics().waiting], [false, 1, 0]);
      });
    }

    inTime(`${name}.acquire() that times out as it is released holds nothing or gives its guard`, async () => {
      const permits = make();
      const held = await permits.acquire();
      const outcome = gather([permits.acquire({ timeout: 10 })], { returnExceptions: true });
      getRunningLoop().callLater(10, () => held.release());
      const [guard] = await outcome;
      if (guard instanceof Error) assert.ok(guard instanceof TimeoutError);
      else guard.release();
      assert.equal(permits.value, 1);
    });
  }

  inRun('an item cancelled at every point of its way is neither lost nor doubled', async () => {
    for (let microtasks = 0; microtasks < 12; microtasks++) {
      const queue = new Queue<number>();
      const got: number[] = [];
      const getter = createTask(async () => void got.push(await queue.get()));
      await settle();
      queue.putNowait(1);
      for (let step = 0; step < microtasks; step++) await Promise.resolve();
      getter.cancel();
      await wait([getter]);
      assert.equal(got.length + queue.qsize(), 1, `cancelled after ${microtasks} microtasks`);
    }
  });

  inRun('a cancelled condition.wait() hands its notification on and holds the lock', async () => {
    const condition = new Condition();
    const woken: string[] = [];
    const waiter = (name: string): Task<void> =>
      createTask(() =>
        condition.run(async () => {
          try {
            await condition.wait();
            woken.push(name);
          } finally {
            assert.equal(condition.locked(), true);
          }
        }),
      );
    const [first, second] = [waiter('first'), waiter('second')];
    await settle();
    await condition.run(() => condition.notify());
    first.cancel();
    await assert.rejects(first.result(), isCancelled());
    await second;
    assert.deepEqual(woken, ['second']);
    assert.equal(condition.locked(), false);
  });
});

describe('Rule 3 No lost values: what was handed over stays, the cancellation is seen at the next wait', () => {
  inRun('a get that was delivered before the cancel keeps its item', async () => {
    const queue = new Queue<string>();
    const seen: unknown[] = [];
    await taskGroup(async (tg) => {
      tg.createTask(async () => {
        seen.push(await queue.get());
        tg.cancel('enough');
        seen.push('still here');
        await sleep(0);
        seen.push('never');
      });
      tg.createTask(() => queue.put('item'));
    });
    assert.deepEqual(seen, ['item', 'still here']);
  });

  inRun('a promise that was resolved before the scope was cancelled gives its value', async () => {
    await taskGroup(async (tg) => {
      const queue = fullQueue();
      const taken = queue.get();
      const guard = new Lock().acquire();
      tg.cancel();
      assert.equal(await taken, 1);
      (await guard).release();
      await assert.rejects(queue.get(), CancelledError);
    });
  });

  inRun('a future that is done gives its result in a cancelled scope', async () => {
    const task = createTask(async () => 'result');
    await wait([task]);
    await inCancelledScope(async () => {
      assert.equal(await task, 'result');
      await assert.rejects(sleep(0), CancelledError);
    });
  });

  inRun('a task that returns what it got although it was cancelled meanwhile keeps it', async () => {
    const queue = fullQueue();
    const gate = foreign<void>();
    const task = createTask(async () => {
      const item = await queue.get();
      await gate.promise;
      return item;
    });
    await settle();
    task.cancel();
    gate.resolve();
    assert.equal(await task, 1);
  });
});

describe('Rule 4 Level: a cancelled scope stays cancelled', () => {
  inRun('catching does not rescue: every wait is refused until the scope is left', async () => {
    const errors = new Set<unknown>();
    let refused = 0;
    await taskGroup(async (tg) => {
      tg.cancel('stop');
      for (const begin of Object.values(OVER_AT_ONCE)) {
        try {
          await begin(tg);
        } catch (error) {
          errors.add(error);
          refused++;
        }
      }
    });
    assert.equal(refused, Object.keys(OVER_AT_ONCE).length);
    assert.equal(errors.size, 1, 'one error for one cancellation');
    await sleep(0);
  });

  inTime('of a timeout too, and what is opened in the scope is cancelled with it', async () => {
    const refused: string[] = [];
    const attempt = async (name: string, fn: () => PromiseLike<unknown>): Promise<void> => {
      try {
        await fn();
      } catch {
        refused.push(name);
      }
    };
    await timeout(10, async (t) => {
      await attempt('first', () => sleep(Infinity));
      await attempt('again', () => sleep(0));
      await attempt('in a timeout', () => timeout(1000, () => sleep(0)));
      await attempt('in a group', () => taskGroup(() => sleep(0)));
      await attempt('a child', () => taskGroup(async (tg) => void tg.createTask(() => refused.push('never'))));
      assert.equal(t.expired(), true);
      assert.equal(currentSignal().aborted, true);
    });
    assert.deepEqual(refused, ['first', 'again', 'in a timeout', 'in a group', 'a child']);
  });

  inRun("task.cancel() is asyncio's: delivered once, then the task goes on", async () => {
    const task = createTask(async () => {
      await sleep(Infinity).catch(() => {});
      await sleep(0);
      return 'went on';
    });
    await settle();
    task.cancel();
    assert.equal(await task, 'went on');
    assert.equal(task.cancelling(), 1);
  });

  void it('debug mode names a task that swallows its cancellation', async () => {
    const program = (): Promise<void> =>
      taskGroup(async (tg) => {
        tg.createTask(
          async () => {
            await sleep(Infinity).catch(() => {});
            await sleep(0).catch(() => {});
          },
          { name: 'glutton' },
        );
        await settle();
        tg.cancel();
      });
    const emitted: Error[] = [];
    const listen = (warning: Error): unknown => emitted.push(warning);
    process.on('warning', listen);
    try {
      await run(program, { debug: true, signals: false });
      await delay(0);
    } finally {
      process.off('warning', listen);
    }
    assert.match(emitted.map(({ message }) => message).join('\n'), /glutton caught a CancelledError/);
  });
});

describe('Rule 5 A task starts in a microtask: cancelled before that it never runs; { eager: true } starts at once', () => {
  inRun('a task cancelled before its start never runs its body', async () => {
    let ran = false;
    const task = createTask(async () => {
      ran = true;
    });
    assert.equal(task.state, 'pending');
    task.cancel('too early');
    await assert.rejects(task.result(), isSourced('explicit', 'too early'));
    assert.equal(ran, false);
  });

  inRun('a child whose group is cancelled before it started never runs either', async () => {
    let ran = false;
    let child: Task<void> | undefined;
    await taskGroup(async (tg) => {
      child = tg.createTask(async () => {
        ran = true;
      });
      tg.cancel();
    });
    assert.deepEqual([ran, child?.cancelled()], [false, true]);
  });

  inRun(
    'an eager one runs up to its first await before createTask() returns, so that its finally always runs',
    async () => {
      const steps: string[] = [];
      const body = async (): Promise<void> => {
        try {
          steps.push('began');
          await sleep(Infinity);
        } finally {
          steps.push('cleaned up');
        }
      };
      const task = createTask(body, { eager: true });
      steps.push('created');
      task.cancel();
      await assert.rejects(task.result(), isCancelled());
      assert.deepEqual(steps, ['began', 'created', 'cleaned up']);
      await taskGroup(async (tg) => {
        tg.createTask(body, { eager: true });
        tg.cancel();
      });
      assert.deepEqual(steps.slice(3), ['began', 'cleaned up']);
    },
  );

  inRun('a cancelled group takes no more children', async () => {
    await inCancelledScope(async (tg) => {
      assert.throws(
        () => tg.createTask(async () => {}, { eager: true }),
        (error) => error instanceof InvalidStateError && error.cause instanceof CancelledError,
      );
    });
  });

  /** Waits for nothing of the library: it learns from the refusal that it is cancelled. */
  const addForEver = async (tg: TaskGroup): Promise<never> => {
    for (;;) {
      await delay(1);
      tg.createTask(() => sleep(1));
    }
  };

  void it('whom a refused child tells of the cancellation has not failed: what comes out is the cancellation', async () => {
    await assert.rejects(
      timeout(20, () => taskGroup(addForEver)),
      (error) => error instanceof TimeoutError && suppressedErrors(error).length === 0,
    );
    const controller = new AbortController();
    const main = run(() => taskGroup(addForEver), { signals: false, signal: controller.signal });
    setTimeout(() => controller.abort('enough'), 20);
    await assert.rejects(main, isSourced('signal', 'enough'));
  });

  inRun('nor has who cancels the group itself, or the group whose child failed before', async () => {
    const cancelled = taskGroup(async (tg) => {
      tg.createTask(() => delay(5).then(() => tg.cancel()));
      return await addForEver(tg);
    });
    assert.equal(await cancelled, undefined);
    const failed = taskGroup(async (tg) => {
      tg.createTask(() => delay(5).then(() => Promise.reject(new RangeError('first'))));
      return await addForEver(tg);
    });
    await assert.rejects(failed, (error) => error instanceof RangeError && suppressedErrors(error).length === 0);
  });

  inTime('nor has a child, or a group within, that is refused one while it cleans up', async () => {
    const task = createTask(() =>
      taskGroup(async (tg) => {
        const addAtTheEnd = async (): Promise<void> => {
          try {
            await sleep(Infinity);
          } finally {
            tg.createTask(async () => {});
          }
        };
        tg.createTask(addAtTheEnd);
        tg.createTask(() => taskGroup(async (inner) => void inner.createTask(addAtTheEnd)));
      }),
    );
    await settle(5);
    task.cancel('enough');
    await assert.rejects(task.result(), isCancelled('enough'));
  });

  inTime('a refusal that ends a group which is not cancelled itself is its failure', async () => {
    await taskGroup(async (tg) => {
      tg.cancel();
      const shielded = shield(() => taskGroup(async () => void tg.createTask(async () => {})));
      await assert.rejects(shielded, InvalidStateError);
    });
  });
});

describe('Rule 6 A group leaves nobody behind', () => {
  for (const [how, block] of [
    ['returns', async () => {}],
    ['throws', () => Promise.reject(new RangeError('block'))],
    ['is cancelled', async (tg: TaskGroup) => tg.cancel()],
    ['has a failing child', async (tg: TaskGroup) => void tg.createTask(() => Promise.reject(new RangeError('child')))],
    ['is cancelled from outside', async () => void currentTask()?.cancel()],
  ] as const) {
    inTime(`when its block ${how}, all children have ended first, their clean-up and daemons too`, async () => {
      const ended: string[] = [];
      const child = (name: string, ms: number) => async (): Promise<void> => {
        try {
          await sleep(ms);
        } finally {
          await shield(() => sleep(50), { timeout: 1000 });
          ended.push(name);
        }
      };
      const tasks: Task[] = [];
      const main = createTask(() =>
        taskGroup(async (tg) => {
          tasks.push(tg.createTask(child('child', 100)));
          tasks.push(tg.createTask(child('daemon', Infinity), { daemon: true }));
          tasks.push(
            tg.createTask(() =>
              taskGroup(async (inner) => void tasks.push(inner.createTask(child('grandchild', 100)))),
            ),
          );
          await settle(5);
          await block(tg);
        }),
      );
      await wait([main]);
      assert.deepEqual(ended.sort(), ['child', 'daemon', 'grandchild']);
      assert.deepEqual(
        tasks.map((task) => task.done()),
        [true, true, true, true],
      );
    });
  }

  inTime('a child that will not stop is waited for, however often the group is cancelled', async (clock) => {
    let left = false;
    const group = createTask(async () => {
      await taskGroup(async (tg) => {
        tg.createTask(() => shield(() => sleep(1000)));
        await sleep(1);
        tg.cancel();
        tg.cancel();
      });
      left = true;
    });
    await sleep(10);
    group.cancel();
    group.cancel();
    await sleep(500);
    assert.equal(left, false);
    await wait([group]);
    assert.equal(clock.now() >= 1000, true);
  });

  inRun('a child that is added when the last one has just ended is waited for, or refused', async () => {
    const fates = new Set<string>();
    for (let steps = 0; steps < 40; steps++) {
      let added: Task | undefined;
      await taskGroup(async (tg) => {
        tg.createTask(async () => {});
        let moment = Promise.resolve();
        for (let step = 0; step < steps; step++) moment = moment.then(() => {});
        void moment
          .then(() => {
            added = tg.createTask(() => sleep(0));
            fates.add('waited for');
          })
          .catch((error: unknown) => {
            assert.ok(error instanceof InvalidStateError);
            fates.add('refused');
          });
      });
      assert.ok(added === undefined || added.done(), `added after ${steps} steps, it is left behind`);
    }
    assert.deepEqual([...fates].sort(), ['refused', 'waited for']);
  });

  inRun('daemons are cancelled when the block and the others are done, and may be made by children', async () => {
    const daemons: Task[] = [];
    const forever = (): Promise<void> => sleep(Infinity);
    await taskGroup(async (tg) => {
      daemons.push(tg.createTask(forever, { daemon: true }));
      tg.createTask(async () => {
        await sleep(0);
        daemons.push(tg.createTask(forever, { daemon: true }));
        await sleep(0);
        assert.deepEqual(
          daemons.map((daemon) => daemon.done()),
          [false, false],
        );
      });
    });
    assert.equal(daemons.length, 2);
    for (const daemon of daemons) await assert.rejects(daemon.result(), isSourced('parent'));
  });

  inRun('children that wait for their turn are cancelled with it, and a left group takes none', async () => {
    const ran: number[] = [];
    const tasks: Task[] = [];
    let kept: TaskGroup | undefined;
    await taskGroup(
      async (tg) => {
        kept = tg;
        for (let i = 0; i < 5; i++) {
          tasks.push(
            tg.createTask(async () => {
              ran.push(i);
              await sleep(Infinity);
            }),
          );
        }
        await settle();
        tg.cancel();
      },
      { limit: 2 },
    );
    assert.deepEqual(ran, [0, 1]);
    assert.ok(tasks.every((task) => task.cancelled()));
    assert.throws(() => kept?.createTask(async () => {}), InvalidStateError);
  });
});

describe('Rule 7 The first error wins, all are kept', () => {
  const [first, second, third] = [new RangeError('first'), new TypeError('second'), new SyntaxError('third')];
  const failing = async (tg: TaskGroup): Promise<void> => {
    const sequencer = new Sequencer();
    const failAt = (position: number, error: Error) => () =>
      shield(() => sequencer.step(position, () => Promise.reject(error)));
    tg.createTask(failAt(1, second));
    tg.createTask(failAt(0, first));
    tg.createTask(() => sleep(Infinity)); // cancelled, which is no failure
    await failAt(2, third)();
  };

  inRun('it is thrown itself, the others are in suppressedErrors()', async () => {
    const error = await errorOf(taskGroup(failing));
    assert.equal(error, first);
    assert.deepEqual(suppressedErrors(error), [second, third]);
  });

  inRun("{ errors: 'all' } throws an AggregateError of all, of one too", async () => {
    const all = await errorOf(taskGroup(failing, { errors: 'all' }));
    assert.ok(all instanceof AggregateError);
    assert.deepEqual(all.errors, [first, second, third]);
    const one = await errorOf(taskGroup(() => Promise.reject(first), { errors: 'all' }));
    assert.ok(one instanceof AggregateError);
    assert.deepEqual(one.errors, [first]);
  });

  inRun('a child that is cancelled, by whomever, is no failure', async () => {
    const value = await taskGroup(async (tg) => {
      const child = tg.createTask(() => sleep(Infinity));
      await settle();
      child.cancel();
      return 'block';
    });
    assert.equal(value, 'block');
  });

  inRun('an error wins over a cancellation from outside, which is then seen at the next wait', async () => {
    const seen: unknown[] = [];
    await taskGroup(async (outer) => {
      try {
        await taskGroup(async (tg) => {
          tg.createTask(async () => {
            await sleep(Infinity).catch(() => {});
            throw first;
          });
          await settle();
          outer.cancel('from outside');
        });
      } catch (error) {
        seen.push(error);
      }
      seen.push(await errorOf(sleep(0)));
    });
    assert.equal(seen[0], first);
    assert.ok(isSourced('explicit', 'from outside')(seen[1]));
  });
});

describe('Rule 8 Whose cancel is it? A scope stops only its own', () => {
  /** What ends a wait for ever in a task, and how `cancel` goes on when it is over. */
  const forever = (into: unknown[]) => async (): Promise<void> => {
    try {
      await sleep(Infinity);
    } catch (error) {
      into.push(error);
      throw error;
    }
  };

  inRun("'explicit': task.cancel() and tg.cancel(), with the reason", async () => {
    const errors: unknown[] = [];
    const task = createTask(forever(errors));
    await settle();
    task.cancel('one');
    await assert.rejects(task.result(), isSourced('explicit', 'one'));
    await taskGroup(async (tg) => {
      tg.createTask(forever(errors));
      await settle();
      tg.cancel('two');
    });
    assert.ok(isSourced('explicit', 'one')(errors[0]) && isSourced('explicit', 'two')(errors[1]));
  });

  inTime("'deadline': inside a timeout, and the cause of the TimeoutError outside", async () => {
    const errors: unknown[] = [];
    const error = await errorOf(timeout(10, forever(errors)));
    assert.ok(error instanceof TimeoutError);
    assert.ok(isSourced('deadline')(errors[0]));
    assert.equal(error.cause, errors[0]);
  });

  inRun("'sibling': the reason is the error that cancels the others", async () => {
    const errors: unknown[] = [];
    const failure = new RangeError('failed');
    const thrown = await errorOf(
      taskGroup(async (tg) => {
        tg.createTask(forever(errors));
        await settle();
        tg.createTask(() => Promise.reject(failure));
      }),
    );
    assert.equal(thrown, failure);
    assert.ok(isSourced('sibling', failure)(errors[0]));
  });

  inRun("'parent': the group has ended", async () => {
    const errors: unknown[] = [];
    await taskGroup(async (tg) => {
      tg.createTask(forever(errors), { daemon: true });
      await settle();
    });
    assert.ok(isSourced('parent')(errors[0]));
  });

  void it("'shutdown': the program has ended", async () => {
    const errors: unknown[] = [];
    await run(
      async () => {
        createTask(forever(errors));
        await settle();
      },
      { signals: false },
    );
    assert.ok(isSourced('shutdown')(errors[0]));
  });

  void it("'signal': of a wait and of run(), with the signal's reason", async () => {
    const errors: unknown[] = [];
    const controller = new AbortController();
    const running = run(
      async () => {
        const own = new AbortController();
        const waiting = new Event().wait({ signal: own.signal });
        own.abort('own');
        await assert.rejects(waiting, isSourced('signal', 'own'));
        queueMicrotask(() => controller.abort('all'));
        await forever(errors)();
      },
      { signals: false, signal: controller.signal },
    );
    await assert.rejects(running, isSourced('signal', 'all'));
    assert.equal(errors.length, 1);
  });

  inTime('an inner timeout lets the outer one through, which makes it a TimeoutError', async () => {
    const inner: unknown[] = [];
    const outer = await errorOf(
      timeout(10, async () => {
        try {
          await timeout(1000, () => sleep(Infinity));
        } catch (error) {
          inner.push(error);
          throw error;
        }
      }),
    );
    assert.ok(isSourced('deadline')(inner[0]), 'not a TimeoutError of the inner one');
    assert.ok(outer instanceof TimeoutError);
  });

  inTime('moveOnAfter(), a timeout and a group let a cancellation from outside through', async () => {
    for (const wrap of [
      (fn: () => Promise<void>) => moveOnAfter(1000, fn),
      (fn: () => Promise<void>) => timeout(1000, fn),
      (fn: () => Promise<void>) => taskGroup(fn),
      (fn: () => Promise<void>) => waitFor(fn, 1000),
      (fn: () => Promise<void>) => gather([fn]),
    ]) {
      const passed: unknown[] = [];
      await taskGroup(async (outer) => {
        getRunningLoop().callLater(1, () => outer.cancel('outer'));
        passed.push(await errorOf(wrap(() => sleep(Infinity))));
      });
      assert.ok(isSourced('explicit', 'outer')(passed[0]));
    }
  });

  inTime('a group whose block cancels it ends without an error, the scope around it goes on', async () => {
    await timeout(1000, async () => {
      await taskGroup(async (tg) => {
        tg.cancel();
        await sleep(0);
      });
      await sleep(1);
    });
  });

  inTime("a CancelledError that is none of a timeout's own is not turned into a TimeoutError", async () => {
    const foreigner = new CancelledError('of somebody else');
    assert.equal(await errorOf(timeout(10, () => Promise.reject(foreigner))), foreigner);
  });
});

describe('Rule 9 Shield hides cancellation from the outside, it does not undo it', () => {
  inTime('a block in it waits although the scope is cancelled; the next wait after it is refused', async () => {
    const steps: unknown[] = [];
    await taskGroup(async (tg) => {
      tg.cancel('stop');
      steps.push(await shield(async () => (await sleep(10), 'cleaned up')));
      steps.push(await errorOf(sleep(0)));
    });
    assert.equal(steps[0], 'cleaned up');
    assert.ok(isSourced('explicit', 'stop')(steps[1]));
  });

  inTime('a cancellation that comes meanwhile is seen after it; tasks begun in it are hidden too', async () => {
    const steps: string[] = [];
    const task = createTask(() =>
      taskGroup(async (outer) => {
        await shield(async () => {
          getRunningLoop().callLater(5, () => outer.cancel());
          assert.equal(currentSignal().aborted, false);
          await taskGroup(async (tg) => {
            tg.createTask(async () => {
              await sleep(10);
              steps.push('child');
            });
          });
          const [value] = await gather([async () => (await sleep(10), 'gathered')]);
          steps.push(value, currentSignal().aborted ? 'aborted' : 'not aborted');
        });
        steps.push('shield left');
        await sleep(0);
        steps.push('never');
      }),
    );
    await task;
    assert.deepEqual(steps, ['child', 'gathered', 'not aborted', 'shield left']);
  });

  inTime('it hides task.cancel() as well', async () => {
    const steps: string[] = [];
    const task = createTask(async () => {
      await shield(async () => {
        await sleep(10);
        steps.push('block');
      });
      await sleep(0);
      steps.push('never');
    });
    await sleep(1);
    task.cancel('now');
    await assert.rejects(task.result(), isSourced('explicit', 'now'));
    assert.deepEqual(steps, ['block']);
  });

  inTime('its timeout ends it with a TimeoutError, in a cancelled scope too', async () => {
    const cleaned: string[] = [];
    await inCancelledScope(async () => {
      const error = await errorOf(
        shield(
          async () => {
            try {
              await sleep(Infinity);
            } finally {
              cleaned.push('block');
            }
          },
          { timeout: 10 },
        ),
      );
      assert.ok(error instanceof TimeoutError);
      assert.ok(isSourced('deadline')(error.cause));
    });
    assert.deepEqual(cleaned, ['block']);
  });

  inRun('its timeout ends a foreign function that was given the signal', async () => {
    const block = (): Promise<unknown> => delay(1_000_000, undefined, { signal: currentSignal() });
    assert.ok((await errorOf(shield(block, { timeout: 1 }))) instanceof TimeoutError);
  });

  inTime('a future in it goes on when whoever awaits the shield is cancelled', async () => {
    const inner = createTask(async () => (await sleep(10), 'done'));
    const waiting = createTask(async () => await shield(inner));
    await sleep(1);
    waiting.cancel();
    await assert.rejects(waiting.result(), isCancelled());
    assert.equal(await inner, 'done');
  });
});

describe('Rule 10 Foreign functions take currentSignal(), and their AbortError is a cancellation', () => {
  const FILE = fileURLToPath(import.meta.url);
  const FOREIGN: Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>> = {
    'timers/promises': (signal) => delay(1_000_000, undefined, { signal }),
    'events.once': (signal) => once(new EventEmitter(), 'never', { signal }),
    'fs.readFile': (signal) => readFile(FILE, { signal }),
    fetch: (signal) => fetch('http://127.0.0.1:1/', { signal }),
  };

  for (const [name, begin] of Object.entries(FOREIGN)) {
    inRun(`${name} is stopped by a cancelled scope, and isCancellation() knows`, async () => {
      let error: unknown;
      const value = await taskGroup(async (tg) => {
        const work = begin(currentSignal());
        tg.cancel('stop');
        error = await errorOf(work);
        assert.equal(isCancellation(error), true);
        throw error;
      });
      assert.equal(value, undefined, 'the group takes it for its own cancellation');
    });

    inRun(`${name} that is stopped in a child is no failure of the group`, async () => {
      await taskGroup(async (tg) => {
        const child = tg.createTask(() => begin(currentSignal()), { eager: true });
        tg.cancel('stop');
        await assert.rejects(
          shield(() => child.result()),
          isSourced('explicit', 'stop'),
        );
        assert.equal(child.cancelled(), true);
      });
    });
  }

  inRun('a timeout turns it into a TimeoutError', async () => {
    const error = await errorOf(timeout(1, () => delay(1_000_000, undefined, { signal: currentSignal() })));
    assert.ok(error instanceof TimeoutError);
    const late = await moveOnAfter(1, () => delay(1_000_000, 'late', { signal: currentSignal() }));
    assert.equal(late, undefined);
  });

  inRun('task.cancel() aborts it, and is delivered, once, at the next wait of the library all the same', async () => {
    const task = createTask(async () => {
      const signal = currentSignal();
      await assert.rejects(delay(1_000_000, undefined, { signal }), isCancellation);
      await assert.rejects(sleep(0), isSourced('explicit', 'stop'));
      await sleep(0);
      return [signal.aborted, currentSignal().aborted];
    });
    await settle();
    task.cancel('stop');
    assert.deepEqual(await task, [true, false]);
  });

  inRun('an AbortError of something else is an error like any other', async () => {
    const error = await errorOf(delay(1, undefined, { signal: AbortSignal.abort('mine') }));
    assert.equal(isCancellation(error), false);
    assert.equal(await errorOf(taskGroup(() => Promise.reject(error))), error);
  });

  void it('outside every scope it is a signal that is never aborted', () => {
    assert.equal(currentSignal().aborted, false);
  });
});

describe('Rule 11 Foreign promises: cancellable() stops waiting, the work goes on', () => {
  inRun('the wait ends by the cancellation, the promise by itself', async () => {
    const work = foreign<string>();
    const finished = work.promise.then((value) => `it ended: ${value}`);
    await taskGroup(async (tg) => {
      const waiting = cancellable(work.promise);
      tg.cancel('stop');
      await assert.rejects(waiting, isSourced('explicit', 'stop'));
    });
    work.resolve('later');
    assert.equal(await finished, 'it ended: later');
  });

  inRun('what it fails with later is dropped, and no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): unknown => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    try {
      const [before, after] = [foreign<string>(), foreign<string>()];
      await taskGroup(async (tg) => {
        const waiting = cancellable(before.promise);
        tg.cancel();
        await assert.rejects(waiting, CancelledError);
        await assert.rejects(cancellable(after.promise), CancelledError);
      });
      before.reject(new RangeError('late'));
      after.reject(new RangeError('late'));
      await settle();
    } finally {
      process.off('unhandledRejection', listen);
    }
    assert.deepEqual(unhandled, []);
  });

  inRun('what comes in time comes out: the value, or the error itself', async () => {
    const failure = new RangeError('in time');
    assert.equal(await cancellable(Promise.resolve('value')), 'value');
    assert.equal(await errorOf(cancellable(Promise.reject(failure))), failure);
  });
});
