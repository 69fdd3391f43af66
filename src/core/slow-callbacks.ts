import { createHook, executionAsyncId, type AsyncHook } from 'node:async_hooks';
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
  // What a report itself sets going, such as writing it out: with a threshold of 0 reports would report each other.
  const own = new Set<number>();
  let reporting = false;
  hook ??= createHook({
    init(id) {
      if (reporting || own.has(executionAsyncId())) own.add(id);
    },
    before() {
      starts.push(performance.now());
    },
    after(id) {
      const start = starts.pop();
      const isOwn = own.delete(id);
      if (start === undefined || isOwn) return;
      const ms = performance.now() - start;
      if (ms < threshold()) return;
      reporting = true;
      report(ms, currentScope()?.task);
      reporting = false;
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
