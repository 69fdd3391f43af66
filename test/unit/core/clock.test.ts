import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_TIMEOUT_MS, setTimer } from '#offloop/core/clock.js';

const DAY_MS = 86_400_000;

describe('the real clock under timers that are mocked', () => {
  for (const ms of [0.4, 1, 2, 3, 1000]) {
    it(`${ms} ms are over when they say so`, (t) => {
      t.mock.timers.enable({ apis: ['setTimeout'] });
      let fired = 0;
      setTimer(ms, () => (fired += 1));
      t.mock.timers.tick(Math.ceil(ms) - 1);
      assert.equal(fired, 0);
      t.mock.timers.tick(1);
      assert.equal(fired, 1);
    });
  }

  for (const days of [24, 25, 30, 37, 38, 49.8, 60, 365]) {
    it(`${days} days, which may be longer than setTimeout can wait`, (t) => {
      t.mock.timers.enable({ apis: ['setTimeout'] });
      let fired = 0;
      setTimer(days * DAY_MS, () => (fired += 1));
      // What is set while they tick counts from the end of the tick.
      for (let left = days * DAY_MS - 1; left > 0; left -= MAX_TIMEOUT_MS)
        t.mock.timers.tick(Math.min(left, MAX_TIMEOUT_MS));
      assert.equal(fired, 0);
      t.mock.timers.tick(1);
      assert.equal(fired, 1);
    });
  }

  it('for ever is for ever, and can be taken back', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let fired = 0;
    const timer = setTimer(Infinity, () => (fired += 1));
    t.mock.timers.tick(1000 * DAY_MS);
    timer.cancel();
    t.mock.timers.tick(1000 * DAY_MS);
    assert.equal(fired, 0);
  });
});
