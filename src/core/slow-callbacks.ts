import { createHook, type AsyncHook } from 'node:async_hooks';
import { currentScope } from './context.ts';

/** What took long: its duration and, where it was one, the task. */
export type SlowCallbackReport = (ms: number, task: SlowTask | undefined) => void;

interface SlowTask {
  readonly name: string;
  toString(): string;
}

let hook: AsyncHook | undefined;
/**
 * Measures every callback of the process: timers, I/O, and each piece of an async function between two awaits. Node
 * tells of each through `async_hooks`; that costs some, which is why it is for debug mode only.
 */
export function watchSlowCallbacks(threshold: () => number, report: SlowCallbackReport): void {
  const starts: number[] = [];
  hook ??= createHook({
    before() {
      starts.push(performance.now());
    },
    after() {
      const start = starts.pop();
      if (start === undefined) return;
      const ms = performance.now() - start;
      if (ms < threshold()) return;
      report(ms, currentScope()?.task);
      // What runs inside a slow callback is slow too: say it once.
      starts.fill(performance.now());
    },
  });
  hook.enable();
}

export function unwatchSlowCallbacks(): void {
  hook?.disable();
  hook = undefined;
}
