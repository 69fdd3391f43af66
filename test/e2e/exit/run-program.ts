import { spawn } from 'node:child_process';

/** How a program ended and what it printed. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly cwd?: string;
  /** File descriptors it may have; not on Windows. */
  readonly descriptors?: number;
  /** Called with everything printed so far whenever more arrives; may send signals. */
  readonly onOutput?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** A program that has not ended by then hangs: it is killed, and the promise rejects with what it printed. */
const HANGS_AFTER_MS = 25_000;

/** Runs a file with this Node and waits for its end. */
export function runProgram(file: string, options: RunOptions = {}): Promise<Ending> {
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  const limited =
    options.descriptors === undefined ? [] : ['/bin/sh', '-c', `ulimit -n ${options.descriptors}; exec "$0" "$@"`];
  const [command = '', ...args] = [
    ...limited,
    process.execPath,
    ...(options.execArgv ?? []),
    file,
    ...(options.args ?? []),
  ];
  const child = spawn(command, args, {
    cwd: options.cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    options.onOutput?.(stdout, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    const guard = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`it hangs; it printed:\n${stdout}\n${stderr}`));
    }, HANGS_AFTER_MS);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(guard);
      resolve({ code, signal, stdout, stderr });
    });
  });
}
