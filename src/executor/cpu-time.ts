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
  const times = schedulerTimes(task);
  return times && times[0] + times[1];
}

/** What a thread has got of the CPU so far. */
export interface CpuShare {
  /** Milliseconds for which it ran. */
  readonly ran: number;
  /** It wants to go on: it runs, or stands in line for a core. */
  readonly isRunnable: boolean;
}

/** The same for another question: does it get on? The time in line is no answer, it is counted when it is over. */
export function cpuShare(task: string): CpuShare | undefined {
  const times = schedulerTimes(task);
  if (times === undefined) return undefined;
  try {
    const stat = readFileSync(`/proc/${task}/stat`, 'latin1');
    // The name before it may hold anything.
    return { ran: times[0], isRunnable: stat.startsWith(' R', stat.lastIndexOf(')') + 1) };
  } catch {
    return undefined;
  }
}

function schedulerTimes(task: string): [ran: number, waited: number] | undefined {
  try {
    const [ran = NaN, waited = NaN] = readFileSync(`/proc/${task}/schedstat`, 'latin1').split(' ', 2).map(Number);
    return Number.isFinite(ran + waited) ? [ran / 1e6, waited / 1e6] : undefined;
  } catch {
    // Not to be had: the caller does without.
    return undefined;
  }
}
