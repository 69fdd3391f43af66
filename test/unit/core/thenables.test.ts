/** Thenables that keep to no rules: whoever waits for one gets what `await` would give. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  cancellable,
  createTask,
  ensureFuture,
  gather,
  InvalidStateError,
  Lock,
  moveOnAfter,
  run,
  shield,
  sleep,
  taskGroup,
  timeout,
  TimeoutError,
  waitFor,
  type Task,
} from 'offloop';
import { collectReports, inRun, settle } from '../../conformance/python/support.ts';

type Then = (give: (value: unknown) => void, fail: (error: unknown) => void) => unknown;

// oxlint-disable-next-line unicorn/no-thenable -- the case
const thenable = (then: Then): PromiseLike<unknown> => ({ then }) as never;

const thrown = new RangeError('then threw');

/** What each does, and what `await` gives for it. */
const kinds: Record<string, { readonly make: () => PromiseLike<unknown>; readonly gives: unknown }> = {
  'that gives at once': { make: () => thenable((give) => give(1)), gives: 1 },
  'that gives later and returns nothing': { make: () => thenable((give) => void setImmediate(give, 1)), gives: 1 },
  'that gives twice and fails': {
    make: () =>
      thenable((give, fail) => {
        setImmediate(() => {
          give(1);
          give(2);
          fail(new Error('too late'));
        });
      }),
    gives: 1,
  },
  'that gives a promise': { make: () => thenable((give) => give(Promise.resolve(1))), gives: 1 },
  'that gives a thenable': { make: () => thenable((give) => give(thenable((again) => again(1)))), gives: 1 },
  'that gives and throws': {
    make: () =>
      thenable((give) => {
        give(1);
        throw thrown;
      }),
    gives: 1,
  },
  'that fails at once': { make: () => thenable((_give, fail) => fail(thrown)), gives: thrown },
  'that throws': {
    make: () =>
      thenable(() => {
        throw thrown;
      }),
    gives: thrown,
  },
};

type Way = (make: () => PromiseLike<unknown>) => PromiseLike<unknown>;

const waysOfFunctions: Record<string, Way> = {
  createTask: (make) => createTask(make),
  'createTask, eagerly': (make) => createTask(make, { eager: true }),
  'a child': (make) => taskGroup(async (tg) => await tg.createTask(make)),
  taskGroup: (make) => taskGroup(make),
  timeout: (make) => timeout(60_000, make),
  moveOnAfter: (make) => moveOnAfter(60_000, make),
  shield: (make) => shield(make),
  waitFor: (make) => waitFor(make, 60_000),
  gather: async (make) => (await gather([make]))[0],
  'lock.run': (make) => new Lock().run(make),
};

const waysOfThenables: Record<string, Way> = {
  ensureFuture: (make) => ensureFuture(make()),
  'ensureFuture, in gather': async (make) => (await gather([make()]))[0],
  'waitFor, of it': (make) => waitFor(make(), 60_000),
  'shield, of it': (make) => shield(make()),
  cancellable: (make) => cancellable(make()),
};

for (const [kind, { make, gives }] of Object.entries(kinds)) {
  describe(`a thenable ${kind}`, () => {
    for (const [name, way] of Object.entries({ ...waysOfFunctions, ...waysOfThenables })) {
      inRun(`is awaited by ${name}`, async () => {
        const outcome = Promise.resolve(way(make));
        if (gives === thrown) await assert.rejects(outcome, thrown);
        else assert.equal(await outcome, gives);
      });
    }

    void it('is awaited by run()', async () => {
      for (const main of [make, make()]) {
        const outcome = run(main, { signals: false });
        if (gives === thrown) await assert.rejects(outcome, thrown);
        else assert.equal(await outcome, gives);
      }
    });
  });
}

describe('an object whose then cannot be read', () => {
  const unreadable = (): unknown => ({
    get then() {
      throw thrown;
    },
  });
  for (const [name, way] of Object.entries(waysOfFunctions)) {
    inRun(`is the failure of ${name}`, () => assert.rejects(Promise.resolve(way(unreadable as never)), thrown));
  }
});

describe('a thenable', () => {
  inRun('that is the task itself is refused', async () => {
    const reports = collectReports();
    const task: Task = createTask(() => task);
    await assert.rejects(task.result(), InvalidStateError);
    await settle();
    assert.deepEqual(reports, []);
  });

  inRun('is asked in the scope it was returned in', async () => {
    const slow = createTask(() => sleep(60_000));
    await assert.rejects(
      timeout(1, () => slow),
      TimeoutError,
    );
    assert.ok(slow.cancelled(), 'the scope that waits for it has cancelled it');
  });
});
