import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SerializationError } from '#offloop/errors.js';
import { RING_SLOTS } from '#offloop/transport/layout.js';
import { CONTROL } from '#offloop/transport/protocol.js';
import { snapshot } from '#offloop/transport/codec.js';
import { Harness, newCall } from './channel-harness.js';
import * as ask from './channel-worker-targets.js';

/** A word that a worker blocks on until it is opened. */
class Gate {
  readonly word = new Int32Array(new SharedArrayBuffer(8));
  /** Resolves when somebody waits at it, who has read what he was sent. */
  async reached(): Promise<void> {
    while (Atomics.load(this.word, 1) === 0) await new Promise(setImmediate);
  }
  open(): void {
    Atomics.store(this.word, 0, 1);
    Atomics.notify(this.word, 0);
  }
}

describe('a channel to a worker', () => {
  it('values of every way of travelling come back, in order', async () => {
    await using harness = new Harness();
    const values = [
      5,
      'x'.repeat(100),
      'y'.repeat(10_000),
      'z'.repeat(3_000_000),
      new Uint8Array(100_000).fill(9),
      { nested: [new Map([[1, new Set([2])]])] },
      undefined,
      new SharedArrayBuffer(8),
    ];
    const order: number[] = [];
    const results = await Promise.all(
      values.map(async (value, index) => {
        const result = await harness.call(ask.ECHO, value);
        order.push(index);
        return result;
      }),
    );
    assert.deepEqual(results, values);
    assert.deepEqual(
      order,
      values.map((_, index) => index),
    );
    assert.deepEqual(await harness.call(ask.ECHO, 1, 'two', [3]), [1, 'two', [3]]);
  });

  it('what a request throws arrives, and the next is handled', async () => {
    await using harness = new Harness();
    await assert.rejects(harness.call(ask.THROW, Object.assign(new RangeError('far'), { code: 'E' })), (error) => {
      return error instanceof RangeError && (error as Error & { code?: string }).code === 'E';
    });
    await assert.rejects(harness.call(ask.THROW, 0), (thrown) => thrown === 0);
    assert.equal(await harness.call(ask.ECHO, 1), 1);
  });

  it('arguments that cannot be sent throw at once and leave no trace', async () => {
    await using harness = new Harness();
    assert.throws(
      () => harness.start(ask.ECHO, [{ a: () => 1 }]),
      (error) => error instanceof SerializationError && error.path === 'args[0].a',
    );
    const { port1, port2 } = new MessageChannel();
    assert.throws(
      () => harness.start(ask.ECHO, [1, port1]),
      (error) => error instanceof SerializationError && error.path === 'args[1]',
    );
    port1.close();
    port2.close();
    assert.equal(harness.channel.outstanding, 0);
    assert.equal(await harness.call(ask.ECHO, 1), 1);
  });

  it('a result that cannot be sent fails that request alone', async () => {
    await using harness = new Harness();
    await assert.rejects(
      harness.call(ask.UNSENDABLE),
      (error) => error instanceof SerializationError && error.path === 'result.rows[0].fn',
    );
    assert.equal(await harness.call(ask.ECHO, 1), 1);
  });

  it('answers may come later, and parts before the answer', async () => {
    await using harness = new Harness();
    assert.equal(await harness.call(ask.ECHO_LATER, 'later'), 'later');
    const call = harness.start(ask.PARTS, [3]);
    assert.equal(await call.result, 3);
    assert.deepEqual(call.parts, [0, 1, 2]);
  });

  it('buffers are moved both ways when asked', async () => {
    await using harness = new Harness();
    const bytes = new Uint8Array(1_000_000).fill(3);
    const call = harness.start(ask.MOVE_BACK, [bytes], [bytes.buffer]);
    assert.equal(bytes.byteLength, 0);
    assert.equal(((await call.result) as Uint8Array)[999_999], 3);
  });

  it('a request behind a long one can be revoked, exactly, and sent again', async () => {
    await using harness = new Harness();
    const gate = new Gate();
    await harness.call(ask.ECHO, 0);
    const running = harness.start(ask.BLOCK, [gate.word]);
    const behind = [1, 2, 3].map((value) => harness.start(ask.ECHO, [value]));
    while (!harness.channel.begun(running.ticket)) await new Promise(setImmediate);
    assert.equal(harness.channel.revoke(running.ticket), false);
    assert.deepEqual(
      behind.map((call) => harness.channel.begun(call.ticket)),
      [false, false, false],
    );
    assert.equal(harness.channel.revoke(behind[1]?.ticket as number), true);
    assert.equal(harness.channel.revoke(behind[1]?.ticket as number), false);
    assert.deepEqual(
      [...harness.channel.entries()].map(({ begun }) => begun),
      [true, false, false],
    );
    const again = harness.start(ask.ECHO, [4]);
    gate.open();
    assert.deepEqual(
      await Promise.all([running.result, behind[0]?.result, behind[2]?.result, again.result]),
      [1, 1, 3, 4],
    );
    assert.equal(harness.channel.outstanding, 0);
  });

  it('a revoked request with things on the port does not confuse the ones after it', async () => {
    await using harness = new Harness();
    const gate = new Gate();
    await harness.call(ask.ECHO, 0);
    const running = harness.start(ask.BLOCK, [gate.word]);
    const big = harness.start(ask.ECHO, [new Uint8Array(50_000).fill(1)]);
    const text = harness.start(ask.ECHO, ['t'.repeat(1_000)]);
    const last = harness.start(ask.ECHO, [new Uint8Array(50_000).fill(2), 'u'.repeat(2_000)]);
    assert.equal(harness.channel.revoke(big.ticket), true);
    assert.equal(harness.channel.revoke(text.ticket), true);
    gate.open();
    await running.result;
    assert.deepEqual(await last.result, [new Uint8Array(50_000).fill(2), 'u'.repeat(2_000)]);
  });

  it('a full ring refuses, says when there is room, and loses nothing', async () => {
    await using harness = new Harness();
    const gate = new Gate();
    await harness.call(ask.ECHO, 0);
    const running = harness.start(ask.BLOCK, [gate.word]);
    await gate.reached();
    const calls = Array.from({ length: RING_SLOTS }, (_, index) => harness.start(ask.ECHO, [index]));
    const refused = newCall();
    assert.equal(harness.channel.post(refused, 0, ask.ECHO, 0, [1]), 0);
    // Nothing is left to be answered: only the offer of room can wake the parent.
    for (const call of calls) assert.equal(harness.channel.revoke(call.ticket), true);
    gate.open();
    await running.result;
    while (harness.rooms === 0) await new Promise(setImmediate);
    assert.equal(await harness.call(ask.ECHO, 'room'), 'room');
  });

  it('replies beyond the ring wait for a slow reader, in order', async () => {
    await using harness = new Harness();
    const call = harness.start(ask.PARTS, [RING_SLOTS * 5]);
    // The parent reads nothing meanwhile.
    const until = Date.now() + 50;
    while (Date.now() < until);
    assert.equal(await call.result, RING_SLOTS * 5);
    assert.deepEqual(
      call.parts,
      Array.from({ length: RING_SLOTS * 5 }, (_, index) => index),
    );
  });

  it('a loop that never yields sees that it was cancelled', async () => {
    await using harness = new Harness();
    const call = harness.start(ask.UNTIL_CANCELLED, []);
    while (!harness.channel.begun(call.ticket)) await new Promise(setImmediate);
    assert.equal(harness.channel.running, call.ticket);
    harness.channel.requestCancel(call.ticket);
    assert.equal(await call.result, 'stopped');
  });

  it('an asynchronous request is told that it was cancelled', async () => {
    await using harness = new Harness();
    const call = harness.start(ask.UNTIL_CANCEL_EVENT, []);
    while (!harness.channel.begun(call.ticket)) await new Promise(setImmediate);
    harness.channel.requestCancel(call.ticket);
    assert.equal(await call.result, 'told');
  });

  it('beyond its limit a worker begins only control requests', async () => {
    await using harness = new Harness();
    const call = harness.start(ask.UNTIL_CANCEL_EVENT, []);
    const control = harness.start(ask.ECHO, ['control'], undefined, CONTROL);
    assert.equal(await control.result, 'control');
    const second = harness.start(ask.ECHO, ['waits']);
    harness.channel.requestCancel(call.ticket);
    assert.deepEqual([await call.result, await second.result], ['told', 'waits']);
  });

  it('with a higher limit several requests are unanswered at once', async () => {
    await using harness = new Harness();
    await harness.call(ask.SET_LIMIT, 3);
    const calls = [0, 1].map(() => harness.start(ask.UNTIL_CANCEL_EVENT, []));
    assert.equal(await harness.call(ask.ECHO, 'third'), 'third');
    for (const call of calls.toReversed()) harness.channel.requestCancel(call.ticket);
    assert.deepEqual(await Promise.all(calls.map((call) => call.result)), ['told', 'told']);
  });

  it('a reply to a forgotten request is thrown away', async () => {
    await using harness = new Harness();
    const gate = new Gate();
    const call = harness.start(ask.BLOCK, [gate.word]);
    assert.equal(harness.channel.forget(call.ticket), call);
    assert.equal(harness.channel.forget(call.ticket), undefined);
    gate.open();
    assert.equal(await harness.call(ask.ECHO, 'next'), 'next');
    call.settle(0, 'untouched');
    assert.equal(await call.result, 'untouched');
  });

  it('a worker that exits leaves its requests to be told apart', async () => {
    await using harness = new Harness();
    await harness.call(ask.ECHO, 0);
    const dying = harness.start(ask.EXIT, []);
    const behind = harness.start(ask.ECHO, [1]);
    await once(harness.worker, 'exit');
    assert.equal(harness.channel.exited, true);
    assert.deepEqual(
      [...harness.channel.entries()].map(({ token, begun }) => [token === dying || token === behind, begun]),
      [
        [true, true],
        [true, false],
      ],
    );
  });

  it('a blocking wait gets the reply, and its time can run out', async () => {
    await using harness = new Harness();
    await harness.call(ask.ECHO, 0);
    let got: unknown;
    const call = { ...newCall(), settle: (_kind: number, value: unknown): void => void (got = value) };
    harness.channel.post(call, 0, ask.ECHO, 0, ['sync']);
    assert.equal(harness.doorbell.waitSync(10_000), true);
    assert.equal(got, 'sync');
    assert.equal(harness.doorbell.waitSync(5), false);
    assert.equal(await harness.call(ask.ECHO, 'async again'), 'async again');
  });

  it('a blocking wait may happen while a reply is being delivered', async () => {
    await using harness = new Harness();
    await harness.call(ask.ECHO, 0);
    const order: unknown[] = [];
    let inner = false;
    const second = { ...newCall(), settle: (_kind: number, value: unknown): void => void order.push(value) };
    const first = {
      ...newCall(),
      settle: (_kind: number, value: unknown): void => {
        harness.channel.post(second, 0, ask.ECHO, 0, ['second']);
        while (order.length === 0) inner = harness.doorbell.waitSync(10_000);
        order.push(value);
      },
    };
    harness.channel.post(first, 0, ask.ECHO, 0, ['first']);
    while (order.length < 2) await new Promise(setImmediate);
    assert.deepEqual([order, inner], [['second', 'first'], true]);
  });

  it('a list of results arrives as an array', async () => {
    await using harness = new Harness();
    const values = Array.from({ length: 5000 }, (_, index) => index / 2);
    assert.deepEqual(await harness.call(ask.LIST, ...values), values);
    assert.deepEqual(await harness.call(ask.LIST), []);
  });

  it('the process stays for what is held, and ends by itself when nothing is', () => {
    const program = new URL('keep-alive-program.js', import.meta.url);
    const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(program)], { timeout: 60_000 });
    assert.deepEqual([String(stdout), status], ['answered\n', 0]);
  });

  it('arguments encoded before are sent as they were then', async () => {
    await using harness = new Harness();
    const list = [1, 2];
    const encoded = snapshot(harness.doorbell.encoder.encodeList([list], 'args'));
    list.push(3);
    const call = newCall();
    harness.channel.postEncoded(call, 0, ask.ECHO, 0, encoded);
    assert.deepEqual(await call.result, [1, 2]);
  });

  it('memory for large payloads is given back on request, and used again', async () => {
    await using harness = new Harness();
    const text = 'm'.repeat(40_000);
    await Promise.all(Array.from({ length: 50 }, () => harness.call(ask.ECHO, text)));
    for (let round = 0; round < 2; round += 1) {
      assert.ok(harness.channel.untidy);
      harness.channel.tidy();
      assert.equal(harness.channel.untidy, false);
      assert.equal(await harness.call(ask.ECHO, text), text);
    }
  });

  it('shared memory sent again and again stays the same memory, whoever else is sent meanwhile', async () => {
    await using harness = new Harness();
    const kept = new Int32Array(new SharedArrayBuffer(4));
    for (let round = 0; round < 200; round += 1) {
      const other = new Int32Array(new SharedArrayBuffer(4)).fill(round);
      const [first, second] = await Promise.all([harness.call(ask.ECHO, kept), harness.call(ask.ECHO, other)]);
      Atomics.add(kept, 0, 1);
      assert.equal((first as Int32Array)[0], round + 1);
      assert.equal((second as Int32Array)[0], round);
      assert.equal((first as Int32Array).buffer instanceof SharedArrayBuffer, true);
    }
  });

  it('shared memory that grows is the same for all who look at it', async () => {
    await using harness = new Harness();
    const memory = new SharedArrayBuffer(4, { maxByteLength: 8 });
    const first = new Uint8Array(memory);
    const arrived = (await harness.call(ask.ECHO, { first, memory })) as { first: Uint8Array; memory: unknown };
    assert.equal(arrived.first.buffer, arrived.memory);
    memory.grow(8);
    first[7] = 7;
    assert.equal(arrived.first[7], 7);
  });

  it('shared memory of a request that could not be sent arrives with the next one that names it', async () => {
    await using harness = new Harness();
    const memory = new Int32Array(new SharedArrayBuffer(4)).fill(42);
    const buffer = new ArrayBuffer(8);
    assert.throws(() => harness.start(ask.ECHO, [memory, buffer], [buffer, buffer]), SerializationError);
    assert.equal(((await harness.call(ask.ECHO, memory)) as Int32Array)[0], 42);
    assert.equal(((await harness.call(ask.ECHO, memory)) as Int32Array)[0], 42);
  });

  it('shared memory that is collected here is retracted from the worker', async () => {
    await using harness = new Harness();
    const send = (): Promise<unknown> => harness.call(ask.ECHO, [new SharedArrayBuffer(4)]);
    await send();
    for (let round = 0; round < 100 && !harness.channel.untidy; round += 1) {
      globalThis.gc?.();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    assert.ok(harness.channel.untidy);
    harness.channel.tidy();
    assert.equal(harness.channel.untidy, false);
    await send();
  });

  it('large buffers are copies of their own, also when their memory is used again', async () => {
    await using harness = new Harness();
    const bytes = new Uint8Array(100_000);
    const replies: Uint8Array[] = [];
    for (let round = 0; round < 50; round += 1) {
      bytes.fill(round);
      const both = [harness.call(ask.ECHO, bytes), harness.call(ask.ECHO, bytes.subarray(1, 50_000))];
      bytes.fill(255);
      replies.push(...((await Promise.all(both)) as Uint8Array[]));
    }
    for (const [index, reply] of replies.entries()) {
      assert.equal(reply.length, index % 2 === 0 ? 100_000 : 49_999);
      assert.ok(reply.every((byte) => byte === index >> 1));
    }
  });

  it('buffers of every size around the ways they travel arrive whole', async () => {
    await using harness = new Harness();
    const kilobyte = 1024;
    for (const size of [32 * kilobyte, 64 * kilobyte, 256 * kilobyte, 1024 * kilobyte, 4096 * kilobyte]) {
      const bytes = [-1, 0, 1].map((more) => new Uint8Array(size + more).fill((size / kilobyte + more) % 251));
      const replies = await Promise.all(bytes.map((copy) => harness.call(ask.ECHO, copy)));
      for (const [index, reply] of replies.entries()) assert.deepEqual(reply, bytes[index]);
    }
  });

  it('timers of a worker run while requests keep coming', async () => {
    await using harness = new Harness();
    await harness.call(ask.TIMER_TICKS);
    while (((await harness.call(ask.TIMER_TICKS)) as number) < 5) {
      await Promise.all(Array.from({ length: 100 }, () => harness.call(ask.ECHO, 1)));
    }
  });

  it('two workers share one doorbell', async () => {
    await using first = new Harness();
    await using second = new Harness(first.doorbell);
    const values = Array.from({ length: 1000 }, (_, index) => index);
    const results = await Promise.all(values.map((value) => (value % 2 === 0 ? first : second).call(ask.ECHO, value)));
    assert.deepEqual(results, values);
  });
});
