import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { asCompleted, Future, TimeoutError } from 'offloop';
import { VirtualClock } from 'offloop/testing';
import { collect, futureInState } from './support.js';

describe('concurrent.futures.as_completed', () => {
  it('CF-ASC-001 yields each once, the finished first', async () => {
    const [ok, cancelled, running] = [futureInState('ok'), futureInState('cancelled'), futureInState('running')];
    setImmediate(() => running.setResult(1));
    assert.deepEqual(await collect(asCompleted([running, ok, cancelled])), [ok, cancelled, running]);
  });

  it('CF-ASC-002 the finished come before the TimeoutError, the slow one is left alone', async () => {
    for (const timeout of [0, 1]) {
      const [ok, slow] = [futureInState('ok'), futureInState('running')];
      const seen: Future[] = [];
      await assert.rejects(collect(asCompleted([ok, slow], { timeout }), seen), TimeoutError);
      assert.deepEqual([seen, slow.state], [[ok], 'running']);
    }
  });

  it('CF-ASC-004 keeps no reference to what it has yielded', { skip: globalThis.gc === undefined }, async () => {
    const iterable = asCompleted(Array.from({ length: 3 }, () => futureInState('ok')));
    const refs: WeakRef<Future>[] = [];
    for await (const future of iterable) refs.push(new WeakRef(future));
    for (let attempt = 0; attempt < 10 && refs.some((ref) => ref.deref() !== undefined); attempt++) {
      await turn();
      globalThis.gc?.();
    }
    // The last one may still sit in a register of the loop above.
    assert.ok(refs.filter((ref) => ref.deref() !== undefined).length <= 1);
    assert.ok(iterable);
  });

  it('CF-ASC-005 the TimeoutError says how many are unfinished', async () => {
    const futures = [futureInState('ok'), futureInState('ok'), futureInState('running'), futureInState('pending')];
    await assert.rejects(
      collect(asCompleted(futures, { timeout: 0 })),
      /^TimeoutError: 2 \(of 4\) futures unfinished$/,
    );
  });

  it('CF-ASC-006 the deadline counts from the call', async () => {
    using clock = new VirtualClock({ autojump: false });
    const iterator = asCompleted([futureInState('running')], { timeout: 100 })[Symbol.asyncIterator]();
    await clock.advance(100);
    await assert.rejects(iterator.next(), TimeoutError);
  });
});
