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

/** The file a worker thread starts with: the sources when run from the sources, else the compiled file. */
export function workerEntryUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker-entry.ts' : './worker-entry.js', import.meta.url);
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
