import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Future, InvalidOptionError, wait } from 'offloop';
import { futureInState } from './support.js';

describe('concurrent.futures.wait', () => {
  it('CF-WAIT-001 the same future twice is one', async () => {
    const future = new Future<number>();
    setImmediate(() => future.setResult(1));
    const { done, pending } = await wait([future, future]);
    assert.deepEqual([[...done], pending.size], [[future], 0]);
  });

  it('CF-WAIT-002 a cancelled future is done, and ends a wait for the first', async () => {
    const cancelled = futureInState('cancelled');
    const blocked = new Future<number>();
    const { done, pending } = await wait([cancelled, blocked], { returnWhen: 'firstCompleted' });
    assert.deepEqual([[...done], [...pending]], [[cancelled], [blocked]]);
  });

  it('CF-WAIT-004 firstException returns when the failure happens', async () => {
    const [ok, failing, blocked] = [new Future<number>(), new Future<number>(), new Future<number>()];
    setImmediate(() => {
      ok.setResult(1);
      failing.setException(new Error('failed'));
    });
    const { done, pending } = await wait([ok, failing, blocked], { returnWhen: 'firstException' });
    assert.deepEqual([done, pending], [new Set([ok, failing]), new Set([blocked])]);
  });

  it('CF-WAIT-005 a cancellation is no exception', async () => {
    const failing = new Future<number>();
    const futures = [futureInState('ok'), futureInState('cancelled'), failing, new Future<number>()];
    const waiting = wait(futures, { returnWhen: 'firstException' });
    setImmediate(() => failing.setException(new Error('failed')));
    const { done } = await waiting;
    assert.deepEqual(done, new Set(futures.slice(0, 3)));
  });

  it('CF-WAIT-006 one that has failed already returns at once', async () => {
    const failed = futureInState('failed');
    const { done } = await wait([new Future<number>(), failed], { returnWhen: 'firstException' });
    assert.deepEqual(done, new Set([failed]));
  });

  it('CF-WAIT-007 allCompleted throws nothing', async () => {
    const futures = [futureInState('ok'), futureInState('failed'), futureInState('cancelled')];
    const { done, pending } = await wait(futures);
    assert.deepEqual([done, pending.size], [new Set(futures), 0]);
  });

  it('CF-WAIT-009 no completion is lost when many complete at once', async () => {
    const futures = Array.from({ length: 100 }, () => new Future<number>());
    for (const [index, future] of futures.entries()) setImmediate(() => future.setResult(index));
    const { done } = await wait(futures);
    assert.equal(done.size, 100);
  });

  it('CF-WAIT-010 an unknown returnWhen is an InvalidOptionError', async () => {
    await assert.rejects(wait([new Future()], { returnWhen: 'sometimes' as never }), InvalidOptionError);
  });
});
