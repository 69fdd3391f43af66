import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CancelledError,
  createTask,
  currentTask,
  InvalidStateError,
  shield,
  sleep,
  suppressedErrors,
  taskGroup,
  type Task,
  type TaskGroup,
} from 'offloop';
import { inTime, isCancelled, settle } from './support.js';

/** Crashes when it is cancelled. */
const crashing = async (): Promise<void> => {
  try {
    await sleep(100_000);
  } finally {
    // oxlint-disable-next-line no-unsafe-finally -- the case
    throw new RangeError('crashed in clean-up');
  }
};
const failing = async (): Promise<never> => {
  await sleep(10);
  throw new RangeError('failed');
};
const long = (): Promise<void> => sleep(100_000);

/** An AggregateError of errors of these classes, in any order; nested ones as arrays. */
type Shape = readonly (typeof Error | Shape)[];
function grouped(shape: Shape): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AggregateError, `expected an AggregateError, got ${String(error)}`);
    assert.equal(error.errors.length, shape.length);
    for (const [index, part] of shape.entries()) {
      const one: unknown = error.errors[index];
      if (Array.isArray(part)) grouped(part as Shape)(one);
      else
        assert.ok(one instanceof (part as typeof Error), `expected ${(part as typeof Error).name}, got ${String(one)}`);
    }
    return true;
  };
}
const all = { errors: 'all' } as const;

describe('asyncio.TaskGroup', () => {
  inTime('AIO-TG-001 waits for its children', async () => {
    let tasks: Task<number>[] = [];
    await taskGroup(async (tg) => {
      tasks = [tg.createTask(() => sleep(10, 42)), tg.createTask(() => sleep(20, 11))];
    });
    assert.deepEqual(
      tasks.map((task) => task.resultNow()),
      [42, 11],
    );
  });

  inTime('AIO-TG-002 children may be added after an await in the block', async () => {
    const seen: number[] = [];
    await taskGroup(async (tg) => {
      tg.createTask(async () => void seen.push(await sleep(10, 1)));
      await sleep(20);
      tg.createTask(async () => void seen.push(await sleep(10, 2)));
    });
    assert.deepEqual(seen, [1, 2]);
  });

  inTime('AIO-TG-004 a failing child cancels its siblings, and the group throws', async () => {
    let sibling: Task<void> | undefined;
    let after = false;
    const group = async (): Promise<void> => {
      await taskGroup(async (tg) => {
        tg.createTask(failing);
        sibling = tg.createTask(long);
      }, all);
      after = true;
    };
    await assert.rejects(group(), grouped([RangeError]));
    assert.deepEqual([sibling?.cancelled(), after], [true, false]);
  });

  inTime('AIO-TG-005 all real errors are grouped, cancellations are not', async () => {
    let body: unknown;
    let slow: Task<void> | undefined;
    await assert.rejects(
      taskGroup(async (tg) => {
        tg.createTask(failing);
        tg.createTask(failing);
        tg.createTask(failing);
        slow = tg.createTask(long);
        await sleep(100_000).catch((error: unknown) => {
          body = error;
          throw error;
        });
      }, all),
      grouped([RangeError, RangeError, RangeError]),
    );
    assert.ok(body instanceof CancelledError && body.source === 'sibling');
    assert.equal(slow?.cancelled(), true);
  });

  inTime('AIO-TG-006 cancelled while it waits at its end: every child is cancelled, no group of errors', async () => {
    const children: Task<void>[] = [];
    const parent = createTask(() =>
      taskGroup(async (tg) => {
        for (let index = 0; index < 5; index++) children.push(tg.createTask(long));
      }, all),
    );
    await sleep(10);
    parent.cancel('stop');
    await assert.rejects(parent.result(), isCancelled('stop'));
    assert.ok(children.every((child) => child.cancelled()));
  });

  inTime('AIO-TG-007 cancelled in its block: block and children see it', async () => {
    const seen: unknown[] = [];
    const children: Task<void>[] = [];
    const parent = createTask(() =>
      taskGroup(async (tg) => {
        for (let index = 0; index < 5; index++) children.push(tg.createTask(long));
        await sleep(100_000).catch((error: unknown) => {
          seen.push(error);
          throw error;
        });
      }),
    );
    await sleep(10);
    parent.cancel('stop');
    await assert.rejects(parent.result(), isCancelled('stop'));
    assert.equal(seen.length, 1);
    assert.ok(children.every((child) => child.cancelled()));
  });

  inTime('AIO-TG-009 a block that throws cancels the children; its error is grouped', async () => {
    let child: Task<void> | undefined;
    await assert.rejects(
      taskGroup(async (tg) => {
        child = tg.createTask(long);
        await sleep(10);
        throw new TypeError('block');
      }, all),
      grouped([TypeError]),
    );
    assert.equal(child?.cancelled(), true);
  });

  inTime('AIO-TG-010 a block that throws before it waits: children never start', async () => {
    let started = false;
    await assert.rejects(
      taskGroup((tg) => {
        tg.createTask(async () => void (started = true));
        throw new TypeError('block');
      }, all),
      grouped([TypeError]),
    );
    await settle();
    assert.equal(started, false);
  });

  inTime('AIO-TG-011 nested groups keep their nesting', async () => {
    const parent = createTask(() =>
      taskGroup(
        () =>
          taskGroup(async (tg) => {
            tg.createTask(crashing);
            tg.createTask(crashing);
          }, all),
        all,
      ),
    );
    await sleep(10);
    parent.cancel();
    await assert.rejects(parent.result(), grouped([[RangeError, RangeError]]));
  });

  inTime('AIO-TG-012 with another child in the outer group too', async () => {
    const parent = createTask(() =>
      taskGroup(async (outer) => {
        outer.createTask(long);
        await taskGroup(async (tg) => {
          tg.createTask(crashing);
          tg.createTask(crashing);
        }, all);
      }, all),
    );
    await sleep(10);
    parent.cancel();
    await assert.rejects(parent.result(), grouped([[RangeError, RangeError]]));
  });

  inTime('AIO-TG-014 a failure in an inner group reaches the outer one', async () => {
    let child: Task<void> | undefined;
    await assert.rejects(
      taskGroup(async (outer) => {
        child = outer.createTask(long);
        await taskGroup(async (tg) => {
          tg.createTask(failing);
        }, all);
      }, all),
      grouped([[RangeError]]),
    );
    assert.equal(child?.cancelled(), true);
  });

  inTime('AIO-TG-015 errors beat the cancellation', async () => {
    const parent = createTask(() =>
      taskGroup(async (tg) => {
        tg.createTask(crashing);
        try {
          await sleep(100_000);
        } finally {
          await shield(() => sleep(500));
        }
      }, all),
    );
    await sleep(10);
    parent.cancel();
    await assert.rejects(parent.result(), grouped([RangeError]));
  });

  inTime('AIO-TG-016 the same one task deeper', async () => {
    const inner = (): Promise<void> =>
      taskGroup(async (tg) => {
        tg.createTask(crashing);
        try {
          await sleep(100_000);
        } finally {
          await shield(() => sleep(500));
        }
      }, all);
    const parent = createTask(async () => await createTask(inner));
    await sleep(10);
    parent.cancel();
    await assert.rejects(parent.result(), grouped([RangeError]));
  });

  inTime('AIO-TG-017 an empty group passes the cancellation on', async () => {
    const parent = createTask(() => taskGroup(() => sleep(100_000)));
    await sleep(10);
    parent.cancel('stop');
    await assert.rejects(parent.result(), isCancelled('stop'));
  });

  inTime('AIO-TG-019 a failing child and a failing clean-up of the block are both grouped', async () => {
    await assert.rejects(
      taskGroup(async (tg) => {
        tg.createTask(failing);
        try {
          await sleep(100_000);
        } catch {
          throw new TypeError('block');
        }
      }, all),
      grouped([RangeError, TypeError]),
    );
  });

  inTime('AIO-TG-024 finished children are forgotten', async () => {
    const refs: WeakRef<Task<void>>[] = [];
    await taskGroup(async (tg) => {
      for (let index = 0; index < 20; index++) {
        refs.push(new WeakRef(tg.createTask(async () => {})));
        await sleep(1);
      }
      globalThis.gc?.();
      await sleep(1);
      globalThis.gc?.();
      if (globalThis.gc !== undefined) assert.ok(refs.filter((ref) => ref.deref() !== undefined).length < 20);
    });
  });

  inTime('AIO-TG-025 children may add children; the group waits for them', async () => {
    const seen: string[] = [];
    await taskGroup(async (tg) => {
      tg.createTask(async () => {
        await sleep(10);
        tg.createTask(async () => {
          await sleep(10);
          seen.push('grandchild');
        });
      });
    });
    assert.deepEqual(seen, ['grandchild']);
  });

  inTime('AIO-TG-026 children that multiply for ever stop when one fails', async () => {
    let count = 0;
    const multiply = (tg: TaskGroup) => async (): Promise<void> => {
      await sleep(1);
      for (let index = 0; index < 2 && count++ < 10_000; index++) tg.createTask(multiply(tg));
      await sleep(100_000);
    };
    await assert.rejects(
      taskGroup(async (tg) => {
        tg.createTask(multiply(tg));
        tg.createTask(failing);
      }, all),
      grouped([RangeError]),
    );
  });

  inTime('AIO-TG-027 a child has the name it was given', async () => {
    await taskGroup(async (tg) => {
      assert.equal(tg.createTask(async () => {}, { name: 'yolo' }).name, 'yolo');
    });
  });

  inTime('AIO-TG-030 no child can be added to a group that is shutting down', async () => {
    let refused: unknown;
    await assert.rejects(
      taskGroup(async (tg) => {
        tg.createTask(async () => {
          try {
            await sleep(100_000);
          } finally {
            try {
              tg.createTask(async () => {});
            } catch (error) {
              refused = error;
            }
          }
        });
        tg.createTask(failing);
      }, all),
      grouped([RangeError]),
    );
    assert.ok(refused instanceof InvalidStateError && /shutting down/.test(refused.message));
  });

  inTime('AIO-TG-031 a failing child and a failing disposer are both grouped; cancelling() is 0', async () => {
    await assert.rejects(
      taskGroup(async (tg) => {
        tg.createTask(failing);
        try {
          await sleep(100_000);
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- the case
          throw new TypeError('disposer');
        }
      }, all),
      grouped([RangeError, TypeError]),
    );
    assert.equal(currentTask()?.cancelling(), 0);
  });

  inTime('AIO-TG-034 a group that has ended takes no children', async () => {
    let left: TaskGroup | undefined;
    await taskGroup(async (tg) => {
      left = tg;
    });
    assert.throws(() => left?.createTask(async () => {}), /is finished/);
  });

  it('AIO-TG-036 outside every task a group works too', async () => {
    assert.equal(await taskGroup(async (tg) => await tg.createTask(() => sleep(1, 'done'))), 'done');
  });

  inTime('AIO-TG-037 cancelling() is 0 after a group that failed', async () => {
    await assert.rejects(
      taskGroup(async (tg) => {
        tg.createTask(failing);
        await sleep(100_000);
      }),
      RangeError,
    );
    assert.equal(currentTask()?.cancelling(), 0);
  });

  inTime('AIO-TG-039 an error and a cancel that meet: the error comes out, the next wait is cancelled', async () => {
    for (const order of ['cancel first', 'error first']) {
      const task = createTask(async () => {
        const self = currentTask();
        await assert.rejects(
          taskGroup(async (tg) => {
            tg.createTask(async () => {
              await sleep(10);
              if (order === 'cancel first') self?.cancel('external');
              queueMicrotask(() => order === 'error first' && self?.cancel('external'));
              throw new RangeError('child');
            });
            await sleep(100_000);
          }, all),
          grouped([RangeError]),
        );
        assert.equal(self?.cancelling(), 1);
        await sleep(1);
      });
      await assert.rejects(task.result(), isCancelled('external'), order);
    }
  });

  inTime(
    'AIO-TG-040 an eager child that fails at once cancels the creator at its next wait, not inside createTask()',
    async () => {
      const seen: string[] = [];
      await assert.rejects(
        taskGroup(async (tg) => {
          tg.createTask(async () => {
            tg.createTask(
              () => {
                throw new RangeError('eager');
              },
              { eager: true },
            );
            seen.push('went on');
            await sleep(0).catch((error: unknown) => {
              seen.push((error as Error).name);
              throw error;
            });
          });
        }, all),
        grouped([RangeError]),
      );
      assert.deepEqual(seen, ['went on', 'CancelledError']);
    },
  );

  inTime('AIO-TG-041 no stray cancellation is left after a failed group', async () => {
    await assert.rejects(
      taskGroup(async (tg) => {
        tg.createTask(() => {
          throw new RangeError('at once');
        });
      }),
      RangeError,
    );
    await sleep(0);
  });

  inTime('AIO-TG-044 tg.cancel() ends the group without an error, and again is nothing', async () => {
    let child: Task<void> | undefined;
    let left: TaskGroup | undefined;
    const value = await taskGroup(async (tg) => {
      left = tg;
      child = tg.createTask(long);
      await sleep(10);
      tg.cancel('enough');
      tg.cancel('again');
      await sleep(10);
      return 'not this';
    });
    assert.deepEqual([value, child?.cancelled()], [undefined, true]);
    left?.cancel();
    await sleep(0);
  });

  inTime('the first error is thrown as it is, the others are kept', async () => {
    const error = await taskGroup(async (tg) => {
      tg.createTask(failing);
      tg.createTask(crashing);
      await sleep(100_000);
    }).catch((reason: unknown) => reason as Error);
    assert.ok(error instanceof RangeError && error.message === 'failed');
    assert.deepEqual(
      suppressedErrors(error).map((one) => (one as Error).message),
      ['crashed in clean-up'],
    );
  });

  inTime('limit runs so many children at once, in order', async () => {
    let running = 0;
    let most = 0;
    const order: number[] = [];
    await taskGroup(
      async (tg) => {
        for (let index = 0; index < 9; index++) {
          tg.createTask(async () => {
            order.push(index);
            most = Math.max(most, ++running);
            await sleep(10);
            running--;
          });
        }
      },
      { limit: 2 },
    );
    assert.deepEqual([most, order], [2, [0, 1, 2, 3, 4, 5, 6, 7, 8]]);
  });

  inTime('a daemon is cancelled when the others are done', async (clock) => {
    let beats = 0;
    await taskGroup(async (tg) => {
      tg.createTask(
        async () => {
          for (;;) {
            await sleep(10);
            beats++;
          }
        },
        { daemon: true },
      );
      tg.createTask(() => sleep(45));
    });
    assert.deepEqual([beats, clock.now()], [4, 45]);
  });

  inTime('tg.start() waits until the child is ready', async (clock) => {
    await taskGroup(async (tg) => {
      const port = await tg.start<number>(async (ready) => {
        await sleep(10);
        ready(8080);
        await sleep(100);
      });
      assert.deepEqual([port, clock.now()], [8080, 10]);
    });
    assert.equal(clock.now(), 110);
  });

  inTime('tg.start() throws the failure of a child that was not ready, and the group goes on', async () => {
    await taskGroup(async (tg) => {
      await assert.rejects(tg.start(failing), RangeError);
      await assert.rejects(
        tg.start(async () => {}),
        InvalidStateError,
      );
      await sleep(1);
    });
  });
});
