import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidOptionError } from '#offloop/index.js';
import { formatDuration, parseDuration } from '#offloop/cli/duration.js';

describe('durations', () => {
  it('are read with their unit', () => {
    assert.equal(parseDuration('--timeout', '500ms'), 500);
    assert.equal(parseDuration('--timeout', '1.5s'), 1500);
    assert.equal(parseDuration('--timeout', '2m'), 120_000);
    assert.equal(parseDuration('--timeout', '1h'), 3_600_000);
  });

  it('are refused without one', () => {
    for (const text of ['', '5', 's', '-1s', '0s', '1 s', '1d', '1e3s']) {
      assert.throws(() => parseDuration('--timeout', text), InvalidOptionError, text);
    }
  });

  it('are printed for people', () => {
    assert.equal(formatDuration(0), '0.0 s');
    assert.equal(formatDuration(9949), '9.9 s');
    assert.equal(formatDuration(9960), '10 s');
    assert.equal(formatDuration(59_700), '1 min 0 s');
    assert.equal(formatDuration(125_000), '2 min 5 s');
    assert.equal(formatDuration(3_780_000), '1 h 3 min');
  });
});
