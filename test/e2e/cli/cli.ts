import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The repository; this file runs from `build/test/e2e/cli`. */
export const ROOT: string = fileURLToPath(new URL('../../../../', import.meta.url));
export const FIXTURES: string = join(ROOT, 'test/fixtures/cli');
const MAIN = join(ROOT, 'dist/cli/main.js');

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
}

/** As the input: the test writes it, or nothing comes. */
export const STDIN_STAYS_OPEN = '\0';

/** Starts the built program as users do, in a process of its own. */
export function startCli(args: readonly string[], cwd: string, input = ''): RunningCli {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
  });
  // A program that ends before it has read its input is not the test's fault.
  child.stdin.on('error', () => {});
  if (input !== STDIN_STAYS_OPEN) child.stdin.end(input);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout: stdout(), stderr: stderr() }));
  });
  return { child, ended };
}

function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

export function runCli(args: readonly string[], cwd: string, input?: string): Promise<CliResult> {
  return startCli(args, cwd, input).ended;
}

/** A folder with files, gone after the test. */
export class Workspace {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async create(files: Readonly<Record<string, string | Uint8Array>>): Promise<Workspace> {
    const workspace = new Workspace(await mkdtemp(join(tmpdir(), 'offloop-cli-')));
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(workspace.path(name)), { recursive: true });
      await writeFile(workspace.path(name), content);
    }
    return workspace;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  read(name: string): Promise<string> {
    return readFile(this.path(name), 'utf8');
  }

  /** All files below a folder, hidden ones too, sorted. */
  async files(folder: string): Promise<string[]> {
    const entries = await readdir(this.path(folder), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.path(folder).length + 1))
      .sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

/** Resolves when the program has printed this on stderr. */
export function printed(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (pattern.test(seen)) resolve();
    });
    child.on('exit', () => reject(new Error(`ended without printing ${pattern}:\n${seen}`)));
  });
}
