import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CancelledError, Future, InvalidStateError } from '#offloop/index.js';
import { printException } from '#offloop/core/exception-handler.js';

describe('Future', () => {
  it('CF-FUT-019 a second result is an InvalidStateError and the first stays', async () => {
    const future = new Future<number>();
    future.setResult(1);
    assert.throws(() => future.setResult(2), InvalidStateError);
    assert.equal(await future, 1);
  });

  it('a cancelled future throws its CancelledError with the reason', async () => {
    const future = new Future<number>();
    assert.equal(future.cancel('enough'), true);
    await assert.rejects(future.result(), (error) => error instanceof CancelledError && error.reason === 'enough');
    assert.equal(typeof printException, 'function');
  });
});
