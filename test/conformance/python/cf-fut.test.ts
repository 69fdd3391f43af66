import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { CancelledError, Future, getRunningLoop, InvalidStateError, sleep, TimeoutError } from 'offloop';
import { futureInState, isCancelled } from './support.js';

const STATES = ['pending', 'running', 'cancelled', 'failed', 'ok'] as const;

describe('concurrent.futures.Future', () => {
  it('CF-FUT-001 a callback gets the future, once, before the next turn', async () => {
    const future = new Future<number>();
    const seen: unknown[] = [];
    future.addDoneCallback((done) => seen.push(done, done.resultNow()));
    future.setResult(5);
    await Promise.resolve();
    assert.deepEqual(seen, [future, 5]);
    await sleep(0);
    assert.equal(seen.length, 2);
  });

  it('CF-FUT-002 a callback sees the very error', async () => {
    const future = new Future<number>();
    const error = new RangeError('test');
    let seen: unknown;
    future.addDoneCallback((done) => (seen = done.exceptionNow()));
    future.setException(error);
    await sleep(0);
    assert.equal(seen, error);
  });

  it('CF-FUT-004 a callback that throws is reported and does not stop the next', async () => {
    const future = new Future<number>();
    const reports: string[] = [];
    const loop = getRunningLoop();
    loop.setExceptionHandler((_loop, context) => reports.push(context.message));
    let called = false;
    future.addDoneCallback(() => {
      throw new Error('in the callback');
    });
    future.addDoneCallback(() => (called = true));
    future.setResult(1);
    await sleep(0);
    loop.setExceptionHandler(null);
    assert.equal(called, true);
    assert.equal(reports.length, 1);
    assert.match(String(reports[0]), /^Exception in callback/);
  });

  for (const [id, state] of [
    ['CF-FUT-005', 'ok'],
    ['CF-FUT-006', 'failed'],
    ['CF-FUT-007', 'cancelled'],
  ] as const) {
    it(`${id} a callback added to a future that is ${state} runs before the next turn`, async () => {
      const future = futureInState(state);
      let seen: string | undefined;
      future.addDoneCallback((done) => (seen = done.state));
      await Promise.resolve();
      assert.equal(seen, state === 'cancelled' ? 'cancelled' : 'finished');
    });
  }

  it('CF-FUT-009 inspect() shows the state', () => {
    assert.equal(inspect(futureInState('pending')), 'Future { pending }');
    assert.equal(inspect(futureInState('running')), 'Future { running }');
    assert.equal(inspect(futureInState('cancelled')), 'Future { cancelled }');
    assert.match(inspect(futureInState('failed')), /^Future \{ finished, raised RangeError: failed/);
    assert.equal(inspect(futureInState('ok')), 'Future { finished, returned 42 }');
  });

  it('CF-FUT-010 cancel() changes only what is pending', () => {
    const futures = STATES.map((state) => futureInState(state));
    assert.deepEqual(
      futures.map((future) => future.cancel()),
      [true, false, true, false, false],
    );
    assert.deepEqual(
      futures.map((future) => future.state),
      ['cancelled', 'running', 'cancelled', 'finished', 'finished'],
    );
  });

  it('CF-FUT-011 cancelled() is true for the cancelled only', () => {
    assert.deepEqual(
      STATES.map((state) => futureInState(state).cancelled()),
      [false, false, true, false, false],
    );
  });

  it('CF-FUT-012 done() is false for pending and running only', () => {
    assert.deepEqual(
      STATES.map((state) => futureInState(state).done()),
      [false, false, true, true, true],
    );
  });

  it('CF-FUT-014 result() with a timeout of zero', async () => {
    await assert.rejects(futureInState('pending').result({ timeout: 0 }), TimeoutError);
    await assert.rejects(futureInState('running').result({ timeout: 0 }), TimeoutError);
    await assert.rejects(futureInState('cancelled').result({ timeout: 0 }), CancelledError);
    await assert.rejects(futureInState('failed').result({ timeout: 0 }), RangeError);
    assert.equal(await futureInState('ok').result({ timeout: 0 }), 42);
  });

  it('CF-FUT-015 a waiter gets the result before its timeout', async () => {
    const future = new Future<number>();
    const waiting = future.result({ timeout: 5_000 });
    setImmediate(() => future.setResult(42));
    assert.equal(await waiting, 42);
  });

  it('CF-FUT-016 a waiter learns of the cancellation', async () => {
    const future = new Future<number>();
    const waiting = future.result();
    setImmediate(() => future.cancel('enough'));
    await assert.rejects(waiting, isCancelled('enough'));
  });

  it('CF-FUT-017 exception() with a timeout of zero', async () => {
    await assert.rejects(futureInState('pending').exception({ timeout: 0 }), TimeoutError);
    await assert.rejects(futureInState('running').exception({ timeout: 0 }), TimeoutError);
    await assert.rejects(futureInState('cancelled').exception({ timeout: 0 }), CancelledError);
    assert.ok((await futureInState('failed').exception({ timeout: 0 })) instanceof RangeError);
    assert.equal(await futureInState('ok').exception({ timeout: 0 }), undefined);
  });

  it('CF-FUT-019 a second result is an InvalidStateError and the first stays', async () => {
    const future = new Future<number>();
    future.setResult(1);
    assert.throws(() => future.setResult(2), /finished, returned 1/);
    assert.throws(() => future.setResult(2), InvalidStateError);
    assert.equal(await future, 1);
  });

  it('CF-FUT-020 a second error is an InvalidStateError and the first stays', async () => {
    const future = new Future<number>();
    future.setException(new RangeError('first'));
    assert.throws(() => future.setException(new Error('second')), /finished, raised RangeError/);
    await assert.rejects(future.result(), /first/);
  });

  it('CF-FUT-021 setRunning() starts what is pending, refuses what is cancelled, throws for the rest', () => {
    const pending = new Future();
    assert.equal(pending.setRunning(), true);
    assert.equal(pending.state, 'running');
    assert.equal(futureInState('cancelled').setRunning(), false);
    for (const state of ['running', 'failed', 'ok'] as const) {
      assert.throws(() => futureInState(state).setRunning(), InvalidStateError);
    }
  });

  it('CF-FUT-022 callbacks run in the order of addition, for a result and for a cancellation', async () => {
    for (const end of [(future: Future) => future.setResult(1), (future: Future) => future.cancel()]) {
      const future = new Future();
      const order: string[] = [];
      for (const name of ['a', 'b', 'c']) future.addDoneCallback(() => order.push(name));
      end(future);
      await sleep(0);
      assert.deepEqual(order, ['a', 'b', 'c']);
    }
  });

  it('CF-FUT-024 an error that is falsy is thrown all the same', async () => {
    for (const error of [undefined, null, 0, '', false]) {
      const future = new Future();
      future.setException(error);
      assert.equal(future.hasException(), true);
      const seen = await future.result().then(
        () => 'a result',
        (reason: unknown) => [reason],
      );
      assert.deepEqual(seen, [error]);
    }
  });
});
