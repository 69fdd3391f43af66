import { readFileSync } from 'node:fs';

/**
 * Kills the process that a thread started last, with all that it has started.
 *
 * @param task `<pid>/task/<tid>` under `/proc`.
 * @returns false when there is none, or it cannot be known.
 */
export function killNewestChild(task: string): boolean {
  const newest = childrenOf(task).at(-1);
  if (newest === undefined) return false;
  // Those below first: once their parent is gone they cannot be found any more.
  for (const pid of [...descendants(newest), newest]) kill(pid);
  return true;
}

function descendants(pid: number): number[] {
  const children = childrenOf(`${pid}/task/${pid}`);
  return [...children.flatMap((child) => descendants(child)), ...children];
}

/** In the order in which they were started. */
function childrenOf(task: string): number[] {
  try {
    const list = readFileSync(`/proc/${task}/children`, 'latin1');
    return list
      .split(' ')
      .filter((pid) => pid !== '')
      .map(Number);
  } catch {
    // No Linux, or the process has just ended.
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
