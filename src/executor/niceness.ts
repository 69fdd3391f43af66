import { getPriority, setPriority } from 'node:os';

const LOWEST = 19;

/**
 * Lets a worker go after the program's own threads where cores are short, so that the event loop answers while all workers
 * compute. Where the system does not do that for a single thread, or not for us, it stays as it is.
 * @param id of a process, or on Linux of a thread.
 */
export function makeNice(id: number, nice: number): void {
  if (nice === 0) return;
  try {
    // Relative to the program: a pool in a worker of another is not nicer still.
    setPriority(id, Math.min(LOWEST, getPriority(process.pid) + nice));
  } catch {
    // It is gone already, or may not.
  }
}
