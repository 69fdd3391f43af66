import assert from 'node:assert/strict';
import { CancelledError, taskGroup, type TaskGroup } from 'offloop';

/** Runs a block in a scope that has been cancelled; what the block throws comes out. */
export async function inCancelledScope(fn: (tg: TaskGroup) => Promise<void>): Promise<void> {
  let finished = false;
  await taskGroup(async (tg) => {
    tg.cancel('stop');
    await fn(tg);
    finished = true;
  });
  assert.ok(finished, 'the block was cut off by its own cancellation');
}

/** The error a promise ends with. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('it did not reject');
}

/** A cancellation from this source, for this reason. */
export function isSourced(source: CancelledError['source'], reason?: unknown): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof CancelledError, `expected a CancelledError, got ${String(error)}`);
    assert.equal(error.source, source);
    if (reason !== undefined) assert.equal(error.reason, reason);
    return true;
  };
}
