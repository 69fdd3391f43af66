import { existsSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { killNewestChild } from './children.ts';

/** A thread that was told to end and is still there after this time is in a native call. */
const PATIENCE_MS = 100;
/** How long its child processes are killed one after the other, in case it waits for one. */
const KILL_FOR_MS = 1000;
const SHELL = '/bin/sh';

/** Threads that nothing can stop. */
const stuck = new Set<Worker>();

/**
 * Waits for a thread that was told to end, but not for ever: JavaScript stops at once, a native call does not.
 *
 * The call that takes longest in practice is `execSync`; its child process is killed (on Linux, where it can be found).
 * A thread that stays in some other call is left behind: it no longer keeps the program running.
 *
 * @param task where `/proc` tells about the thread.
 */
export async function endOfThread(worker: Worker, exited: Promise<void>, task: string | undefined): Promise<void> {
  let gone = await within(PATIENCE_MS, exited);
  for (let waited = 0; !gone && waited < KILL_FOR_MS; waited += PATIENCE_MS) {
    if (task === undefined || !killNewestChild(task)) break;
    gone = await within(PATIENCE_MS, exited);
  }
  if (gone) return;
  worker.unref();
  leaveBehind(worker);
  void exited.then(() => {
    stuck.delete(worker);
    if (stuck.size === 0) process.off('exit', endProgram);
  });
}

/** Whether this happens in time. Keeps the program running until then, as the thread that is waited for would. */
function within(milliseconds: number, happens: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    void happens.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

function leaveBehind(worker: Worker): void {
  if (stuck.size === 0) process.on('exit', endProgram);
  stuck.add(worker);
}

/**
 * Node joins its threads when it ends, so the program would last as long as the call does. Where Node can replace the
 * program of a process (22.15), one that ends with the same exit code takes its place: that ends all threads. Elsewhere
 * the end of the program has to wait.
 */
function endProgram(code: number): void {
  const { execve } = process as { execve?: (file: string, args: readonly string[]) => void };
  if (execve === undefined || !existsSync(SHELL)) return;
  const listeners = process.listeners('exit');
  // What was to be called after this one would never be.
  for (const later of listeners.slice(listeners.indexOf(endProgram) + 1)) later.call(process, code);
  execve.call(process, SHELL, ['sh', '-c', `exit ${Number(process.exitCode ?? code)}`]);
}
