import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { ParentDoorbell } from '#offloop/transport/parent-doorbell.js';
import { mulberry32 } from '../../fixtures/random.ts';
import { Harness, newCall, type Call } from '../../unit/transport/channel-harness.js';
import * as ask from '../../unit/transport/channel-worker-targets.js';

/** Messages of the run: some seconds by default. `OFFLOOP_STRESS=100` makes it a hundred times longer. */
const MESSAGES = 200_000 * Number(process.env['OFFLOOP_STRESS'] ?? 1);
const SEED = Number(process.env['OFFLOOP_SEED'] ?? Date.now() % 1_000_000);

/** A value that contains its own check: whoever gets it can tell whether it is whole. */
function makeValue(next: () => number, id: number): unknown {
  const dice = next();
  if (dice < 0.5) return { id, sum: id * 7 };
  if (dice < 0.8)
    return { id, sum: id * 7, text: String.fromCharCode(65 + (id % 26)).repeat(Math.floor(next() * 600)) };
  if (dice < 0.97)
    return { id, sum: id * 7, text: String.fromCharCode(65 + (id % 26)).repeat(Math.floor(next() * 12_000)) };
  if (dice < 0.998) return { id, sum: id * 7, bytes: new Uint8Array(Math.floor(next() * 60_000)).fill(id) };
  return { id, sum: id * 7, text: '漢'.repeat(Math.floor(next() * 500_000)) };
}

function check(value: unknown, id: number): void {
  const { id: got, sum, text = '', bytes } = value as { id: number; sum: number; text?: string; bytes?: Uint8Array };
  if (got !== id || sum !== id * 7) assert.fail(`seed ${SEED}: message ${id} came back as ${got} with ${sum}`);
  const letter = text[0] ?? '';
  if (text !== letter.repeat(text.length)) assert.fail(`seed ${SEED}: the text of ${id} is torn`);
  if (bytes?.some((byte) => byte !== (id & 0xff)) === true) assert.fail(`seed ${SEED}: the bytes of ${id} are torn`);
}

describe(`transport under stress (OFFLOOP_SEED=${SEED})`, () => {
  it('mixed sizes under random revokes: every message comes back whole, or was revoked, once', async () => {
    const doorbell = new ParentDoorbell();
    await using first = new Harness(doorbell);
    await using second = new Harness(doorbell);
    const next = mulberry32(SEED);
    const pending = new Map<Call, number>();
    let [id, revoked, answered] = [0, 0, 0];
    while (id < MESSAGES) {
      const batch: Promise<unknown>[] = [];
      for (let count = Math.floor(next() * 400); count > 0; count -= 1) {
        const harness = next() < 0.5 ? first : second;
        const call = newCall();
        const mine = id;
        call.ticket = harness.channel.post(call, 0, next() < 0.1 ? ask.ECHO_LATER : ask.ECHO, 0, [
          makeValue(next, mine),
        ]);
        if (call.ticket === 0) continue;
        id += 1;
        pending.set(call, mine);
        if (next() < 0.2 && harness.channel.revoke(call.ticket)) {
          pending.delete(call);
          revoked += 1;
          continue;
        }
        batch.push(
          call.result.then((value) => {
            check(value, mine);
            assert.ok(pending.delete(call), `seed ${SEED}: ${mine} was answered twice, or after it was revoked`);
            answered += 1;
          }),
        );
      }
      await Promise.all(batch);
    }
    assert.equal(pending.size, 0);
    assert.equal(answered + revoked, id);
    assert.equal(first.channel.outstanding + second.channel.outstanding, 0);
  });

  it('workers that die at any moment: every request is answered, or known as begun or not begun', async () => {
    const next = mulberry32(SEED);
    const doorbell = new ParentDoorbell();
    for (let round = 0; round < 12; round += 1) {
      await using harness = new Harness(doorbell);
      await harness.call(ask.ECHO, 0);
      const calls = Array.from({ length: 300 }, (_, index) => harness.start(ask.ECHO, [makeValue(next, index)]));
      let answered = 0;
      for (const call of calls) void call.result.then(() => (answered += 1));
      const exit = once(harness.worker, 'exit');
      const until = performance.now() + next();
      while (performance.now() < until);
      void harness.worker.terminate();
      await exit;
      while (doorbell.drain() > 0);
      await new Promise(setImmediate);
      const rest = [...harness.channel.entries()];
      assert.equal(answered + rest.length, 300, `seed ${SEED}`);
      assert.ok(rest.filter(({ begun }) => begun).length <= 1, `seed ${SEED}: at most one was being worked on`);
    }
  });
});
