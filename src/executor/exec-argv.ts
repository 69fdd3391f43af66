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

/** Node options of this process that a worker takes: all but the ones that name its program. */
export function inheritedExecArgv(): string[] {
  const kept: string[] = [];
  const { execArgv } = process;
  for (let index = 0; index < execArgv.length; index++) {
    const option = execArgv[index] as string;
    const name = option.split('=', 1)[0] as string;
    const ofTheTestRunner = name.startsWith('--test') || name === '--experimental-test-coverage';
    if (!PROGRAM_OPTIONS.has(name) && !ofTheTestRunner) kept.push(option);
    else if (WITH_VALUE.has(option) || (ofTheTestRunner && hasValue(option, execArgv[index + 1]))) index += 1;
  }
  return kept;
}

/** Whether the next argument is the value of this option: `--test-name-pattern parses`. */
function hasValue(option: string, next: string | undefined): boolean {
  const takesOne = /^--test-(?:name-pattern|skip-pattern|reporter|reporter-destination|concurrency|timeout|shard)$/;
  return next !== undefined && takesOne.test(option);
}
