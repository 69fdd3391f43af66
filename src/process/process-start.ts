import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Socket } from 'node:net';
import { inheritedExecArgv } from '../executor/exec-argv.ts';
import type { PoolSettings } from '../executor/options.ts';
import { JOBS_FD, RECALLS_FD } from './wire.ts';
import { workerSource } from './worker-source.ts';

/**
 * Reads a script from the pipe and runs it. The script does not go on the command line: it is longer than some systems
 * allow. At this point nobody has made the pipe non-blocking yet. `eval`, because only code that belongs to the main
 * script may import modules. A pipe that ends here has lost its pool.
 */
const BOOTSTRAP = `const q=require,f=q('fs');for(const k of ['require','module','exports','__filename','__dirname'])delete globalThis[k];const r=(n)=>{const b=Buffer.alloc(n);for(let i=0;i<n;){const c=f.readSync(${JOBS_FD},b,i,n-i,null);if(c===0)process.exit(1);i+=c}return b};(0,eval)('(function(require){'+r(r(4).readUInt32LE(0))+'\\n})')(q)`;

/** A child that was started, and the pipes to it. */
export interface StartedProcess {
  readonly child: ChildProcess;
  /** Undefined when there is no child: its `error` event tells why. */
  readonly sockets: { readonly jobs: Socket; readonly recalls: Socket } | undefined;
}

/** Starts a child. It has no stdin; its stdout and stderr are those of this process. */
export function startProcess(settings: PoolSettings): StartedProcess {
  const entry = entryFile();
  const program = entry === undefined ? ['-e', BOOTSTRAP] : [entry];
  const child = spawn(process.execPath, [...childExecArgv(settings), ...program], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'],
    env: settings.env ?? process.env,
    windowsHide: true,
  });
  // Without descriptors left there are no streams at all, whatever the types say.
  const streams = child.stdio as readonly (Duplex | null)[] | undefined;
  const jobs = streams?.[JOBS_FD] as Socket | null | undefined;
  const recalls = streams?.[RECALLS_FD] as Socket | null | undefined;
  if (!jobs || !recalls || child.pid === undefined) return { child, sockets: undefined };
  if (entry === undefined) {
    const source = Buffer.from(workerSource);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(source.length, 0);
    jobs.write(Buffer.concat([length, source]));
  }
  return { child, sockets: { jobs, recalls } };
}

/**
 * The entry as a file, in a tree that was only compiled. As one script out of memory a child starts in fewer steps, and
 * in a program bundled into one file there is no other way.
 */
function entryFile(): string | undefined {
  if (workerSource !== '') return undefined;
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith('.ts') ? './worker-entry.ts' : './worker-entry.js', here));
}

function childExecArgv({ execArgv, resourceLimits = {} }: PoolSettings): string[] {
  const options = execArgv === undefined ? inheritedExecArgv().filter(isForChildren) : [...execArgv];
  const { maxOldGenerationSizeMb: old, maxYoungGenerationSizeMb: young, stackSizeMb: stack } = resourceLimits;
  if (old !== undefined) options.push(`--max-old-space-size=${Math.ceil(old)}`);
  // V8 counts three semi-spaces into its young generation.
  if (young !== undefined) options.push(`--max-semi-space-size=${Math.max(1, Math.floor(young / 3))}`);
  if (stack !== undefined) options.push(`--stack-size=${Math.floor(stack * 1024)}`);
  return options;
}

/** Two processes cannot listen on the debugger port of one. */
function isForChildren(option: string): boolean {
  return !option.startsWith('--inspect') && !option.startsWith('--debug-port');
}
