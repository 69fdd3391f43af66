import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, it } from 'node:test';
import {
  ContextVar,
  createTask,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  run,
  Runner,
  shield,
  sleep,
  taskGroup,
  timeout,
} from 'offloop';
import { inRun, settle } from './support.js';

describe('context variables', () => {
  inRun('AIO-CTX-001 a task has the values of its creation, and keeps its own to itself', async () => {
    const variable = new ContextVar('variable', { default: 'none' });
    variable.set('parent');
    const child = createTask(async () => {
      const first = variable.get();
      variable.set('child');
      await sleep(0);
      return [first, variable.get()];
    });
    variable.set('changed');
    assert.deepEqual(await child, ['parent', 'child']);
    assert.equal(variable.get(), 'changed');
  });

  inRun('AIO-CTX-002 what a done callback sets does not reach the task', async () => {
    const variable = new ContextVar('variable', { default: 0 });
    await createTask(async () => {
      for (let round = 1; round <= 3; round++) {
        const future = new Future<void>();
        future.addDoneCallback(() => variable.set(variable.get() + 100));
        setImmediate(() => future.setResult());
        await future;
        await settle();
        assert.equal(variable.get(), round - 1);
        variable.set(round);
      }
    });
  });

  it('AIO-CTX-002 outside every task too a callback has a copy of what was set when it was added', async () => {
    const variable = new ContextVar('variable', { default: 'none' });
    const future = new Future<void>();
    const seen: string[] = [];
    const look = (): void => {
      seen.push(variable.get());
      variable.set('by a callback');
    };
    variable.set('when it was added');
    future.addDoneCallback(look);
    getRunningLoop().callSoon(look);
    variable.set('later');
    future.setResult();
    await settle();
    assert.deepEqual(seen, ['when it was added', 'when it was added']);
    assert.equal(variable.get(), 'later');
  });

  inRun('AIO-CTX-006 tasks that take turns keep their own settings', async () => {
    const precision = new ContextVar<number>('precision');
    const one = (digits: number) => async () => {
      precision.set(digits);
      await sleep(0);
      return (1 / 3).toFixed(precision.get());
    };
    assert.deepEqual(await gather([one(2), one(4)]), ['0.33', '0.3333']);
  });

  it('AIO-CTX-007 a Runner keeps one context over its runs', async () => {
    const variable = new ContextVar<number>('variable', { default: 0 });
    await using runner = new Runner({ signals: false });
    const seen: number[] = [];
    for (let round = 1; round <= 3; round++) {
      await runner.run(async () => {
        seen.push(variable.get());
        variable.set(round);
      });
    }
    assert.deepEqual(seen, [0, 1, 2]);
    assert.equal(variable.get(), 0);
  });

  it('run() and a Runner start with a copy of what is set around them', async () => {
    const variable = new ContextVar('variable', { default: 'none' });
    variable.set('outside');
    const readAndSet = async (): Promise<string> => {
      const seen = variable.get();
      variable.set('inside');
      return seen;
    };
    assert.equal(await run(readAndSet, { signals: false }), 'outside');
    await using runner = new Runner({ signals: false });
    assert.equal(await runner.run(readAndSet), 'outside');
    assert.equal(await runner.run(readAndSet), 'inside');
    assert.equal(variable.get(), 'outside');
  });

  it('a block outside every task sees what is set around it, and its children do', async () => {
    const variable = new ContextVar('variable', { default: 'none' });
    const read = async (): Promise<string> => variable.get();
    variable.set('outside');
    assert.equal(await timeout(60_000, read), 'outside');
    assert.equal(await shield(read), 'outside');
    assert.equal(await taskGroup(async (tg) => await tg.createTask(read)), 'outside');
    const nested = timeout(60_000, async () => {
      variable.set('in the block');
      return [await shield(read), await taskGroup(async (tg) => await tg.createTask(read)), await createTask(read)];
    });
    assert.deepEqual(await nested, ['in the block', 'in the block', 'in the block']);
  });

  it('what a block outside every task sets stays in it: others are open at the same time', async () => {
    const user = new ContextVar('user', { default: 'nobody' });
    const request = (name: string) =>
      timeout(60_000, async () => {
        const first = user.get();
        user.set(name);
        await sleep(0);
        return [first, user.get()];
      });
    assert.deepEqual(await Promise.all([request('alice'), request('bob')]), [
      ['nobody', 'alice'],
      ['nobody', 'bob'],
    ]);
    assert.deepEqual(await request('carol'), ['nobody', 'carol']);
    assert.equal(user.get(), 'nobody');
  });

  inRun('a block in a task is part of the task: what it sets is set behind it', async () => {
    const variable = new ContextVar('variable', { default: 'none' });
    await timeout(60_000, () => shield(async () => void variable.set('in the block')));
    assert.equal(variable.get(), 'in the block');
  });

  inRun('get() falls back to the argument, then to the default, then throws', () => {
    const bare = new ContextVar<string>('bare');
    assert.throws(() => bare.get(), InvalidStateError);
    assert.equal(bare.get('fallback'), 'fallback');
    assert.equal(new ContextVar('with', { default: 'default' }).get(), 'default');
  });

  inRun('reset() puts back what was there, once', () => {
    const variable = new ContextVar<string>('variable', { default: 'default' });
    const first = variable.set('first');
    const second = variable.set('second');
    variable.reset(second);
    assert.equal(variable.get(), 'first');
    variable.reset(first);
    assert.equal(variable.get(), 'default');
    assert.throws(() => variable.reset(first), InvalidStateError);
    assert.throws(() => new ContextVar<string>('other').reset(second), InvalidStateError);
  });

  inRun('reset() refuses the token of another task: its value would come over', async () => {
    const variable = new ContextVar<string>('variable', { default: 'default' });
    variable.set('secret');
    const token = variable.set('here');
    await createTask(async () => assert.throws(() => variable.reset(token), { message: /another task/ }));
    assert.equal(variable.get(), 'here');
    await timeout(60_000, async () => variable.reset(token));
    assert.equal(variable.get(), 'secret', 'a block is part of its task, and the refusal did not use the token up');
  });

  it('reset() in a block outside every task takes the tokens of this block', async () => {
    const variable = new ContextVar<string>('variable', { default: 'default' });
    const outside = variable.set('outside');
    await timeout(60_000, async () => {
      assert.throws(() => variable.reset(outside), InvalidStateError);
      variable.reset(variable.set('inside'));
      assert.equal(variable.get(), 'outside');
    });
    variable.reset(outside);
    assert.equal(variable.get(), 'default');
  });

  inRun("the user's own AsyncLocalStorage is the creator's in a task and in a callback", async () => {
    const storage = new AsyncLocalStorage<string>();
    const future = new Future<void>();
    const seen: unknown[] = [];
    const task = storage.run('request', () => {
      future.addDoneCallback(() => seen.push(storage.getStore()));
      return createTask(async () => {
        await sleep(0);
        return storage.getStore();
      });
    });
    storage.run('elsewhere', () => future.setResult());
    assert.equal(await task, 'request');
    await settle();
    assert.deepEqual(seen, ['request']);
  });
});
