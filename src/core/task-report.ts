import type { Loop } from './loop.ts';
import { framesOf, parkedIn } from './scope-report.ts';
import { allTasks } from './create-task.ts';
import type { Task } from './task.ts';

/** A line for each task of a loop: what it waits for and, in debug mode, where, and where it was made. */
export function describeTasks(loop: Loop): string[] {
  return [...allTasks(loop)].map((task) => describeTask(task));
}

function describeTask(task: Task): string {
  const waits = [...parkedIn(task.scope)];
  const lines = [
    waits.length === 0
      ? `  ${task.name} waits for a promise that is not the library's`
      : `  ${task.name} waits for ${waits.map((wait) => wait.describe()).join(' and ')}`,
  ];
  for (const wait of waits) {
    const [frame] = framesOf((wait as { site?: string }).site);
    if (frame !== undefined) lines.push(`      at ${frame}`);
  }
  const [created] = framesOf(task.creationStack);
  if (created !== undefined) lines.push(`      created at ${created}`);
  return lines.join('\n');
}
