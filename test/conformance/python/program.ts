import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ProgramResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const NAMES =
  'allTasks, cancellable, createTask, currentTask, Event, Future, gather, getRunningLoop, Lock, Queue, run, runInExecutor, Runner, shield, sleep, taskGroup, ThreadPoolExecutor, toThread';

/** Runs a module in a process of its own, with the public names imported. */
export async function runProgram(
  source: string,
  options: { readonly env?: NodeJS.ProcessEnv } = {},
): Promise<ProgramResult> {
  // Beside the build, so that 'offloop' is the package itself.
  const folder = await mkdtemp(join(import.meta.dirname, 'program-'));
  try {
    const file = join(folder, 'main.mjs');
    await writeFile(file, `import { ${NAMES} } from 'offloop';\n${source}`);
    const child = spawn(process.execPath, [file], {
      env: { ...process.env, NODE_OPTIONS: '', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    return await new Promise<ProgramResult>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
