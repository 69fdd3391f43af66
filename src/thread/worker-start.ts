import { existsSync } from 'node:fs';
import { workerSource } from './worker-source.ts';

/** Options that belong to the program a process was started with and that a worker, which runs a file, refuses. */
const PROGRAM_OPTIONS = new Set([
  '-e',
  '--eval',
  '-p',
  '--print',
  '-pe',
  '--input-type',
  '-i',
  '--interactive',
  '--check',
  '-c',
  '--test',
  '--watch',
  '--run',
]);
const WITH_VALUE = new Set(['-e', '--eval', '-p', '--print', '-pe', '--input-type']);

/** What `new Worker()` is to start: a file, or, in a program bundled into one file, a script in memory. */
export function workerEntry(): { readonly file: URL | string; readonly eval: boolean } {
  // In a CommonJS bundle there is no import.meta.url; in an ESM bundle it names the bundle.
  const here = import.meta.url as string | undefined;
  const file =
    here === undefined ? undefined : new URL(here.endsWith('.ts') ? './worker-entry.ts' : './worker-entry.js', here);
  if (file !== undefined && (workerSource === '' || existsSync(file))) return { file, eval: false };
  return { file: workerSource, eval: true };
}

/** Node options for a worker: those given, else those of this process without the ones that name its program. */
export function workerExecArgv(given: readonly string[] | undefined): string[] {
  if (given !== undefined) return [...given];
  const kept: string[] = [];
  const { execArgv } = process;
  for (let index = 0; index < execArgv.length; index++) {
    const option = execArgv[index] as string;
    const name = option.split('=', 1)[0] as string;
    if (!PROGRAM_OPTIONS.has(name) && !name.startsWith('--test')) kept.push(option);
    else if (WITH_VALUE.has(option)) index += 1;
  }
  return kept;
}
