import { reportWarning, isDebug } from './debug.ts';
import { setTimer } from './clock.ts';
import { toCancelledError } from './cancellation.ts';
import { allTasks } from './create-task.ts';
import type { Future } from './future.ts';
import type { Loop } from './loop.ts';
import type { Task } from './task.ts';

/**
 * Cancels every task of a loop and waits until they have ended, at most `drain` milliseconds. Their errors go to the
 * loop's exception handler: nobody else will ask.
 */
export async function endTasks(loop: Loop, drain: number | undefined): Promise<void> {
  const left = new Set(allTasks(loop));
  if (left.size === 0) return;
  if (isDebug()) {
    for (const task of left) {
      reportWarning(`${task.name} was still running when run() ended: nobody awaited it`, task.creationStack);
    }
  }
  loop.root.cancel(toCancelledError('run() has ended', 'shutdown'));
  const ended = untilNoneIsLeft(loop);
  const inTime = drain === undefined || drain === Infinity ? (await ended, true) : await within(ended, drain);
  for (const task of left) report(loop, task);
  if (!inTime) {
    const names = [...allTasks(loop)].map((task) => task.name).join(', ');
    reportWarning(`Tasks did not end within the drain time of ${drain} ms and are left behind: ${names}`);
  }
}

/** Also those that are created on the way. */
async function untilNoneIsLeft(loop: Loop): Promise<void> {
  for (let tasks = allTasks(loop); tasks.size > 0; tasks = allTasks(loop)) {
    await Promise.all([...tasks].map((task) => end(task)));
  }
}

function end(future: Future): Promise<void> {
  return new Promise((resolve) => {
    future.listen({ futureDone: () => resolve() });
  });
}

async function within(promise: Promise<void>, ms: number): Promise<boolean> {
  let stop = (): void => {};
  const late = new Promise<boolean>((resolve) => {
    const timer = setTimer(ms, () => resolve(false));
    stop = () => timer.cancel();
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    stop();
  }
}

function report(loop: Loop, task: Task): void {
  if (!task.hasException()) return;
  loop.callExceptionHandler({
    message: 'unhandled exception during run() shutdown',
    exception: task.exceptionNow(),
    task,
  });
}
