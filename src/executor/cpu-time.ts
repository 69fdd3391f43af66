import { readFileSync } from 'node:fs';

/**
 * Milliseconds for which a thread has wanted the CPU so far: the time it ran and the time it stood in line for a core.
 * A thread that computes on a crowded machine wants the CPU as much as on an empty one; one that waits for a lock, a
 * socket or a disk does not.
 *
 * @param task `<pid>/task/<tid>` under `/proc`, or a pid.
 * @returns undefined where the system does not tell (no Linux, no scheduler statistics, the thread is gone).
 */
export function cpuDemand(task: string): number | undefined {
  try {
    const [ran, waited] = readFileSync(`/proc/${task}/schedstat`, 'latin1').split(' ', 2);
    const nanoseconds = Number(ran) + Number(waited);
    return Number.isFinite(nanoseconds) ? nanoseconds / 1e6 : undefined;
  } catch {
    // Not to be had: the caller does without.
    return undefined;
  }
}
