import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidOptionError } from '#offloop/index.js';
import { parseHalt, shouldHalt, showHalt } from '#offloop/cli/halt.js';

describe('halting rules', () => {
  it('are read in the grammar of GNU parallel', () => {
    assert.deepEqual(parseHalt('now'), { when: 'now', limit: 1, unit: 'items' });
    assert.deepEqual(parseHalt('soon,fail=3'), { when: 'soon', limit: 3, unit: 'items' });
    assert.deepEqual(parseHalt('now,fail=2.5%'), { when: 'now', limit: 2.5, unit: 'percent' });
    assert.equal(parseHalt('never').when, 'never');
  });

  it('show as they were given', () => {
    for (const text of ['never', 'now,fail=1', 'soon,fail=10%']) assert.equal(showHalt(parseHalt(text)), text);
  });

  it('refuse what is not in the grammar', () => {
    for (const text of [
      '',
      'later',
      'now,',
      'now,fail',
      'now,fail=0',
      'now,fail=1.5',
      'soon,fail=101%',
      'never,fail=1',
      'now,success=1',
    ]) {
      assert.throws(() => parseHalt(text), InvalidOptionError, text);
    }
  });

  it('by number: end the run at that many failures', () => {
    const rule = parseHalt('soon,fail=2');
    assert.equal(shouldHalt(rule, { failed: 1, ended: 50, total: 100 }), false);
    assert.equal(shouldHalt(rule, { failed: 2, ended: 2, total: undefined }), true);
  });

  it('by share: of all inputs when their number is known', () => {
    const rule = parseHalt('now,fail=10%');
    assert.equal(shouldHalt(rule, { failed: 1, ended: 1, total: 20 }), false);
    assert.equal(shouldHalt(rule, { failed: 2, ended: 2, total: 20 }), true);
    assert.equal(shouldHalt(rule, { failed: 1, ended: 1, total: 5 }), true);
  });

  it('by share: of the ended ones, from the tenth on, when the number is not known', () => {
    const rule = parseHalt('now,fail=50%');
    assert.equal(shouldHalt(rule, { failed: 9, ended: 9, total: undefined }), false);
    assert.equal(shouldHalt(rule, { failed: 5, ended: 10, total: undefined }), true);
    assert.equal(shouldHalt(rule, { failed: 4, ended: 10, total: undefined }), false);
  });

  it('never end a run without a failure, nor with never', () => {
    assert.equal(shouldHalt(parseHalt('now,fail=1%'), { failed: 0, ended: 0, total: 0 }), false);
    assert.equal(shouldHalt(parseHalt('never'), { failed: 100, ended: 100, total: 100 }), false);
  });
});
