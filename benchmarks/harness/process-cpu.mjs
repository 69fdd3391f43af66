import { readdirSync, readFileSync } from 'node:fs';

const NANOSECONDS_PER_MS = 1e6;

/**
 * CPU time (ms) and wake-ups of all threads of another process, read from outside so that asking costs it nothing.
 * Gives `undefined` where there is no /proc.
 */
export function threadTimes(pid) {
  if (process.platform !== 'linux') return undefined;
  let cpuMs = 0;
  let wakeUps = 0;
  const threads = readdirSync(`/proc/${pid}/task`);
  for (const thread of threads) {
    const at = `/proc/${pid}/task/${thread}`;
    cpuMs += Number(readFileSync(`${at}/schedstat`, 'utf8').split(' ', 1)[0]) / NANOSECONDS_PER_MS;
    wakeUps += Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(readFileSync(`${at}/status`, 'utf8'))?.[1]);
  }
  return { cpuMs, wakeUps, threads: threads.length };
}
