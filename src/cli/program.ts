import { readFileSync } from 'node:fs';
import { InvalidOptionError } from '../errors.ts';
import { renderHelp } from './command-line.ts';
import { MAP_COMMAND } from './commands/map-options.ts';
import { runMapCommand } from './commands/map.ts';
import { describeError } from './describe-error.ts';
import { EXIT_BROKEN_PIPE, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from './exit-codes.ts';
import { NEEDS_OUT } from './handler-result.ts';
import { HANDLER_ERROR } from './load-handler.ts';
import { suggestion } from './suggestion.ts';
import { UsageError } from './usage-error.ts';

/** Commands of the design that are not built yet. */
const COMING_COMMANDS: ReadonlySet<string> = new Set(['worker', 'ps', 'pstree', 'top', 'trace']);

const HELP = `offloop: work off the event loop

Usage: offloop COMMAND [options]

Commands:
  map     ${MAP_COMMAND.summary}

offloop map --help lists its options. offloop --version prints the version.`;

/**
 * Runs the program with the arguments that follow its name. Prints errors itself.
 * @returns the exit code.
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  // Without a listener a reader that goes away ends the process with a stack trace; the write that failed reports it.
  process.stdout.on('error', () => {});
  try {
    return await dispatch(args);
  } catch (error) {
    const exitCode = exitCodeOf(error);
    if (exitCode !== EXIT_BROKEN_PIPE) process.stderr.write(`offloop: ${describeError(error)}\n`);
    if (exitCode === EXIT_FAILED && args.includes('--debug') && error instanceof Error) console.error(error);
    return exitCode;
  }
}

async function dispatch(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined) {
    process.stderr.write(`${HELP}\n`);
    return EXIT_USAGE;
  }
  if (command === '--version' || command === '-V' || (command === 'map' && asksFor(rest, '--version', '-V'))) {
    process.stdout.write(`${version()}\n`);
    return EXIT_OK;
  }
  if (command === 'map') {
    if (!asksFor(rest, '--help', '-h')) return runMapCommand(rest);
    process.stdout.write(`${renderHelp(MAP_COMMAND)}\n`);
    return EXIT_OK;
  }
  if (command === 'help' || command === '--help' || command === '-h') {
    process.stdout.write(`${rest[0] === 'map' ? renderHelp(MAP_COMMAND) : HELP}\n`);
    return EXIT_OK;
  }
  if (COMING_COMMANDS.has(command)) throw new UsageError(`The command ${command} is not there yet; only map is`);
  throw new UsageError(
    `${command} is not a command of offloop.${suggestion(command, ['map', 'help'])} See offloop --help.`,
  );
}

/** Help is given whatever else is wrong with the command line, but not for what follows `--`. */
function asksFor(args: readonly string[], ...names: string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? args.length : end).some((argument) => names.includes(argument));
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof InvalidOptionError) return EXIT_USAGE;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === HANDLER_ERROR || code === NEEDS_OUT) return EXIT_USAGE;
  return code === 'EPIPE' ? EXIT_BROKEN_PIPE : EXIT_FAILED;
}

function version(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
