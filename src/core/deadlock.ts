import { activeLoops } from './loop.ts';
import { describeTasks } from './task-report.ts';

/** What Node itself exits with when a top-level await never ends. */
const UNSETTLED_EXIT_CODE = 13;

let watchers = 0;

/**
 * While a `run()` is on, an empty event loop is a deadlock: every task waits and nothing is left that could wake one.
 * Node would end the process without a word. Returns what takes it back.
 */
export function watchForDeadlock(): () => void {
  if (watchers++ === 0) process.on('beforeExit', report);
  return () => {
    if (--watchers === 0) process.off('beforeExit', report);
  };
}

function report(): void {
  const lines: string[] = [];
  for (const loop of activeLoops()) lines.push(...describeTasks(loop));
  process.off('beforeExit', report);
  if (lines.length === 0) return;
  const hint = activeLoops().some((loop) => loop.debug) ? '' : '\nOFFLOOP_DEBUG=1 shows where.';
  process.stderr.write(
    `Deadlock: every task waits, and nothing is left that could wake one of them:\n${lines.join('\n')}${hint}\n`,
  );
  process.exitCode ??= UNSETTLED_EXIT_CODE;
}
