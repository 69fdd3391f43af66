import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OffloopError } from '#offloop/index.js';
import { describeError, systemReason } from '#offloop/cli/describe-error.js';
import { Failures } from '#offloop/cli/failures.js';

describe('describeError', () => {
  it('shows class, message and the place in the code of the user', () => {
    const error = new TypeError('x is not a function\nsecond line');
    error.stack = `TypeError: x\n    at f (${process.cwd()}/node_modules/lib/index.js:1:2)\n    at g (${process.cwd()}/tasks.ts:12:9)`;
    assert.equal(describeError(error), 'TypeError: x is not a function (tasks.ts:12:9)');
  });

  it('shows the causes, each once', () => {
    const root = new OffloopError('X', 'the bottom');
    const middle = new OffloopError('X', 'the middle', { cause: root });
    root.cause = middle;
    assert.equal(
      describeError(new OffloopError('X', 'the top', { cause: middle })),
      'the top\n  caused by the middle\n  caused by the bottom',
    );
    assert.equal(
      describeError(new OffloopError('X', 'wrapped: inner', { cause: new OffloopError('X', 'inner') })),
      'wrapped: inner',
    );
  });

  it('shows what was thrown when it is no error', () => {
    assert.equal(describeError('oops'), 'thrown: "oops"');
    assert.equal(describeError(undefined), 'thrown: undefined');
  });

  it('puts what the system says into words', () => {
    assert.equal(systemReason(Object.assign(new Error('x'), { code: 'ENOSPC' })), 'no space left on the disk (ENOSPC)');
    assert.equal(systemReason(Object.assign(new Error('what'), { code: 'EODD' })), 'what');
  });
});

describe('Failures', () => {
  it('puts inputs that failed alike together', () => {
    const failures = new Failures();
    for (let n = 1; n <= 6; n++) failures.add(`${n}.jpg`, new OffloopError('X', n === 2 ? 'odd' : 'same'));
    assert.deepEqual(failures.describe({ stacks: false }), ['  1.jpg, 3.jpg, 4.jpg and 2 more: same', '  2.jpg: odd']);
  });

  it('keeps a bounded number of a million', () => {
    const failures = new Failures();
    for (let n = 0; n < 5000; n++) failures.add(String(n), new OffloopError('X', `message ${n}`));
    assert.equal(failures.count, 5000);
    assert.equal(failures.kept.length, 1000);
    assert.equal(failures.describe({ stacks: false }).at(-1), '  … and 4980 more');
  });
});
