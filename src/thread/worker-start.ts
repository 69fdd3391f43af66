import { existsSync } from 'node:fs';
import { inheritedExecArgv } from '../executor/exec-argv.ts';
import { workerSource } from './worker-source.ts';

/** What `new Worker()` is to start: a file, or, in a program bundled into one file, a script in memory. */
export function workerEntry(): { readonly file: URL | string; readonly eval: boolean } {
  // In a CommonJS bundle there is no import.meta.url; in an ESM bundle it names the bundle.
  const here = import.meta.url as string | undefined;
  const file =
    here === undefined ? undefined : new URL(here.endsWith('.ts') ? './worker-entry.ts' : './worker-entry.js', here);
  if (file !== undefined && (workerSource === '' || existsSync(file))) return { file, eval: false };
  return { file: workerSource, eval: true };
}

/**
 * Node options for a worker: those given. Without any a worker takes over those of this process by itself; spelt out, it
 * refuses the ones of V8 and of the whole process (`--max-old-space-size`). They are spelt out only where those that
 * name the program have to be left away.
 */
export function workerExecArgv(given: readonly string[] | undefined): string[] | undefined {
  if (given !== undefined) return [...given];
  const inherited = inheritedExecArgv();
  return inherited.length === process.execArgv.length ? undefined : inherited;
}
