import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ProcessPoolExecutor, type PoolOptions } from 'offloop';
import type { Job } from '#offloop/executor/job.js';

export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

export function open(t: TestContext, options: PoolOptions = {}): ProcessPoolExecutor {
  const pool = new ProcessPoolExecutor({ maxWorkers: 1, ...options });
  t.after(() => pool.shutdown({ timeout: 5000 }));
  return pool;
}

/** Resolves when the pool hands jobs over early: a child has been sent some while it has one that is not answered. */
export async function untilAhead(pool: ProcessPoolExecutor, workers = 1): Promise<void> {
  for (;;) {
    const jobs = range(40 * workers).map((x) => pool.submit((y: number) => y, x));
    const isAhead = jobs.filter((job) => isSent(job)).length >= 4 * workers;
    await Promise.all(jobs);
    if (isAhead) return;
  }
}

/** Whether some child has been sent this job. */
export function isSent(future: unknown): boolean {
  return (future as Job).seat !== undefined;
}

/** A file in which every job notes that it has begun: what was noted stays, whatever becomes of the child. */
export class Journal {
  readonly file: string;

  constructor(t: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), 'offloop-journal-'));
    this.file = join(folder, 'begun');
    writeFileSync(this.file, '');
    t.after(() => rmSync(folder, { recursive: true, force: true }));
  }

  /** Numbers of the jobs that have begun, in that order. */
  get begun(): number[] {
    return readFileSync(this.file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
  }
}

/** Notes that it has begun, gives its number. */
export function note(file: string, number: number): number {
  appendFileSync(file, `${number}\n`);
  return number;
}

/** The same, and then never ends. */
export function noteAndSpin(file: string, number: number): never {
  appendFileSync(file, `${number}\n`);
  for (;;);
}

/** The same, and then ends its process where nothing can be cleaned up. */
export function noteAndDie(file: string, number: number): number {
  appendFileSync(file, `${number}\n`);
  process.kill(process.pid, 'SIGKILL');
  // The signal hits before the call returns.
  return number;
}
