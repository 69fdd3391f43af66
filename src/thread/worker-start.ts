import { existsSync } from 'node:fs';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { inheritedExecArgv } from '../executor/exec-argv.ts';
import { workerSource } from './worker-source.ts';

/**
 * What `new Worker()` is to start: one CommonJS file, for which Node need not start its loader of ES modules; in a program
 * bundled into one file the same script out of memory; in a tree that was only compiled the entry itself. Not always the
 * script in memory: Node 20 does not run what `--import` names before that.
 */
function workerEntry(): { readonly file: URL | string; readonly eval: boolean } {
  // In a CommonJS bundle there is no import.meta.url; in an ESM bundle it names the bundle.
  const here = import.meta.url as string | undefined;
  const file = here === undefined || workerSource === '' ? undefined : new URL('./thread-worker.cjs', here);
  if (file !== undefined && existsSync(file)) return { file, eval: false };
  if (workerSource !== '') return { file: `${WITHOUT_GLOBALS}(function(require){${workerSource}\n})(r)}`, eval: true };
  return { file: new URL(here?.endsWith('.ts') ? './worker-entry.ts' : './worker-entry.js', here), eval: false };
}

/** Node gives a script in memory globals that a file has not. */
const WITHOUT_GLOBALS =
  "{const r=require;for(const k of['require','module','exports','__filename','__dirname'])delete globalThis[k];";

/** Starts a worker thread with the Node options given, or those of this process. */
export function startWorker(options: WorkerOptions, execArgv: readonly string[] | undefined): Worker {
  const entry = workerEntry();
  const start = (argv: readonly string[] | undefined): Worker =>
    new Worker(entry.file, { ...options, eval: entry.eval, ...(argv && { execArgv: [...argv] }) });
  if (execArgv !== undefined) return start(execArgv);
  // A worker inherits the options of its process, all of them, and stumbles over this one only.
  const stumbles = process.execArgv.some((option) => option.startsWith('--input-type'));
  if (!stumbles) return start(undefined);
  const inherited = inheritedExecArgv();
  try {
    return start(inherited);
  } catch (error) {
    // Options of V8 are inherited anyway but may not be named.
    const refused = invalidOptions(error);
    if (refused.length === 0) throw error;
    return start(inherited.filter((option) => !refused.includes(option)));
  }
}

/** The options a worker refused, out of Node's message. */
function invalidOptions(error: unknown): string[] {
  const { code, message } = error as { code?: string; message: string };
  return code === 'ERR_WORKER_INVALID_EXEC_ARGV'
    ? message
        .slice(message.indexOf(':') + 1)
        .split(',')
        .map((option) => option.trim())
    : [];
}
