import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { Condition, gather, getRunningLoop, InvalidOptionError, taskGroup } from 'offloop';
import { inRun } from '../../conformance/python/support.ts';

function refused(option: string, received: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof InvalidOptionError, String(error));
    assert.match(error.message, new RegExp(`^${option} must be .*; received ${received}$`));
    return true;
  };
}

describe('what no caller can have meant is refused, with what was expected and what came', () => {
  inRun('loop.slowCallbackDuration that is no number', () => {
    const loop = getRunningLoop();
    for (const bad of ['10', NaN, undefined, null]) {
      assert.throws(() => (loop.slowCallbackDuration = bad as number), refused('slowCallbackDuration', '.*'));
    }
    assert.equal(loop.slowCallbackDuration, 100);
    loop.slowCallbackDuration = 20;
    assert.equal(loop.slowCallbackDuration, 20);
  });

  inRun('condition.notify() of no number, condition.waitFor() of no function', async () => {
    const condition = new Condition();
    await condition.run(async () => {
      for (const bad of ['x', -1, 1.5]) assert.throws(() => condition.notify(bad as number), refused('n', '.*'));
      await assert.rejects(condition.waitFor(5 as never), refused('predicate', '5'));
    });
  });

  inRun('limits of a task group and of gather that are no numbers, tg.start() of no function', async () => {
    await assert.rejects(
      taskGroup(() => {}, { limit: '3' as never }),
      refused('limit', '"3"'),
    );
    assert.throws(() => gather([], { concurrency: '2' as never }), refused('concurrency', '"2"'));
    await assert.rejects(
      taskGroup((tg) => tg.start(5 as never)),
      refused('fn', '5'),
    );
  });
});
