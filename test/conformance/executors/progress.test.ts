import assert from 'node:assert/strict';
import { getRunningLoop, type ExceptionContext } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';

describeExecutors('progress', (executor) => {
  it('a listener that throws is told to the exception handler; its job and others go on', async (t) => {
    const told: ExceptionContext[] = [];
    const loop = getRunningLoop();
    loop.setExceptionHandler((_, context) => told.push(context));
    t.after(() => loop.setExceptionHandler(null));
    const pool = executor.open(t, { maxWorkers: 1 });
    const onProgress = (value: unknown): never => {
      throw new RangeError(`progress ${String(value)}`);
    };
    const first = pool.with({ onProgress, name: 'reporting' }).submit(async () => {
      const { progress } = await import('offloop/worker');
      progress(1);
      progress(2);
      return 'first';
    });
    const second = pool.submit(() => 'second');
    assert.deepEqual(await Promise.all([first, second]), ['first', 'second']);
    assert.deepEqual(
      told.map(({ message, exception }) => [message, String(exception)]),
      [1, 2].map((value) => ['Exception in onProgress of "reporting"', `RangeError: progress ${value}`]),
    );
  });
});
