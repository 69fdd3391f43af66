import { availableParallelism } from 'node:os';
import { InvalidOptionError } from '../../errors.ts';
import type { CommandDefinition, CommandLine } from '../command-line.ts';
import { parseDuration } from '../duration.ts';
import { NEVER_HALT, parseHalt, type HaltRule } from '../halt.ts';
import { LINE_KINDS, type LineKind } from '../stdin-inputs.ts';
import { UsageError } from '../usage-error.ts';

const DEFAULT_IO = 8;
const MAX_WORKERS = 1024;

/** `offloop map`, as `--help` shows it and the parser reads it. */
export const MAP_COMMAND: CommandDefinition = {
  name: 'map',
  summary: 'run a function over files, in a pool of threads',
  usage: 'MODULE[#EXPORT] INPUT... [--out DIR] [options]',
  examples: [
    `offloop map ./thumbnail.ts 'photos/**/*.jpg' --out thumbs`,
    'offloop map ./tasks.ts#resize photos --out thumbs --workers 4 --halt soon,fail=10%',
    'cat urls.txt | offloop map ./check.ts - > results.jsonl',
  ],
  options: {
    out: { value: 'DIR', short: 'o', help: 'folder for the results; without it, or with -, lines of JSON on stdout' },
    workers: {
      value: 'N',
      short: 'j',
      help: 'threads: a number, a share of the cores (50%), or auto: one a core (default)',
    },
    io: { value: 'N', help: `files read or written at a time (default ${DEFAULT_IO})` },
    timeout: { value: 'TIME', help: 'longest time for one input: 500ms, 30s, 2m (default none)' },
    retries: { value: 'N', help: 'further attempts for an input that failed (default 0)' },
    halt: {
      value: 'RULE',
      help: 'when failures end the run: never (default), or soon,fail=3 (let running\ninputs end), now,fail=10% (cancel them)',
    },
    'keep-order': { help: 'results in the order of the inputs' },
    'stdin-as': { value: 'KIND', help: 'what the lines of input - are: text (default), json, path' },
    'dry-run': { help: 'list the inputs, run nothing' },
    format: { value: 'FORMAT', help: 'report: text (default) or json' },
    debug: { help: 'stack traces in the report' },
    quiet: { short: 'q', help: 'no progress and no summary; errors are still printed' },
    help: { short: 'h', help: 'print this' },
    version: { short: 'V', help: 'print the version' },
    executor: { value: 'KIND', help: '' },
    'job-log': { value: 'FILE', help: '', notYet: 'no log of jobs is written so far' },
    resume: { help: '', notYet: 'every run starts from the beginning so far' },
    'retry-failed': { help: '', notYet: 'every run starts from the beginning so far; --retries works within a run' },
    trace: { value: 'FILE', help: '', notYet: 'no trace is recorded so far' },
    dashboard: { value: 'PORT', help: '', notYet: 'there is no dashboard so far' },
  },
  notes: [
    [
      'Inputs are files, folders (all files below), globs (quote them), or - for lines of standard input.',
      'The function gets (input, context): input.bytes, input.key, input.path, input.size, … It returns bytes, text,',
      'a JSON value, or { outputs: { name: bytes, … } }. TypeScript modules run as they are.',
    ].join('\n'),
    [
      'Ctrl-C once: nothing new starts; twice: what runs is cancelled. No half-written file stays.',
      'Exit codes: 0 all well, 1 some inputs failed, 2 wrong usage, 4 ended by --halt, 130 Ctrl-C, 143 SIGTERM.',
    ].join('\n'),
  ],
};

/** The command line of `offloop map`, checked. */
export interface MapOptions {
  readonly handler: string;
  readonly inputs: readonly string[];
  /** `undefined`: lines on standard output. */
  readonly out: string | undefined;
  readonly workers: number;
  readonly io: number;
  readonly timeout: number | undefined;
  readonly retries: number;
  readonly halt: HaltRule;
  readonly keepOrder: boolean;
  readonly stdinAs: LineKind;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly debug: boolean;
  readonly quiet: boolean;
}

/**
 * Checks the values of a parsed command line.
 * @throws UsageError, InvalidOptionError
 */
export function readMapOptions({ options, positionals }: CommandLine): MapOptions {
  const [handler, ...inputs] = positionals;
  if (handler === undefined) throw new UsageError(`The handler module is missing: offloop map ${MAP_COMMAND.usage}`);
  if (inputs.length === 0) {
    throw new UsageError(
      `There is no input for ${handler}: give files, folders, globs in quotes, or - for lines of stdin`,
    );
  }
  inputs.forEach(checkInput);
  if (inputs.includes('-') && inputs.length > 1) throw new UsageError('The input - cannot be mixed with others');
  if (options['stdin-as'] !== undefined && !inputs.includes('-')) {
    throw new UsageError('--stdin-as is about the lines of input -, which is not among the inputs');
  }
  checkExecutor(options['executor']);
  return {
    handler,
    inputs,
    out: readOut(options['out']),
    workers: readWorkers(options['workers']),
    io: readCount('--io', options['io'], DEFAULT_IO, 1),
    timeout: typeof options['timeout'] === 'string' ? parseDuration('--timeout', options['timeout']) : undefined,
    retries: readCount('--retries', options['retries'], 0, 0),
    halt: typeof options['halt'] === 'string' ? parseHalt(options['halt']) : NEVER_HALT,
    keepOrder: options['keep-order'] === true,
    stdinAs: readChoice('--stdin-as', options['stdin-as'], LINE_KINDS, 'text'),
    dryRun: options['dry-run'] === true,
    json: readChoice('--format', options['format'], ['text', 'json'], 'text') === 'json',
    debug: options['debug'] === true,
    quiet: options['quiet'] === true,
  };
}

type Value = string | true | undefined;

function checkInput(input: string): void {
  if (input === '') throw new UsageError('An input is an empty string');
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(input)?.[1];
  if (scheme === undefined) return;
  if (scheme.toLowerCase() === 's3')
    throw new UsageError(`${input}: s3:// is not there yet; copy the objects to a folder first`);
  throw new UsageError(
    `${input}: ${scheme}:// is not a kind of input; give files, folders, globs, or - for lines of stdin`,
  );
}

function readOut(value: Value): string | undefined {
  if (typeof value !== 'string' || value === '-') return undefined;
  if (/^s3:\/\//i.test(value)) throw new UsageError(`--out ${value}: s3:// is not there yet; give a folder`);
  return value;
}

function checkExecutor(value: Value): void {
  if (value === undefined || value === 'thread') return;
  if (value === 'process' || /^(redis|rediss|valkey):\/\//.test(String(value))) {
    throw new UsageError(`--executor ${value} is not there yet; only thread is`);
  }
  throw new InvalidOptionError('--executor', 'thread', value);
}

function readWorkers(value: Value): number {
  const cores = availableParallelism();
  if (value === undefined || value === 'auto') return cores;
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(String(value));
  const number = Number(match?.[1]);
  const workers = match?.[2] === '%' ? Math.max(1, Math.round((number * cores) / 100)) : number;
  if (!Number.isInteger(workers) || number <= 0 || workers > MAX_WORKERS) {
    throw new InvalidOptionError('--workers', `1 to ${MAX_WORKERS}, a share of the cores such as 50%, or auto`, value);
  }
  return workers;
}

function readCount(option: string, value: Value, fallback: number, least: number): number {
  if (value === undefined) return fallback;
  const number = /^\d+$/.test(String(value)) ? Number(value) : Number.NaN;
  if (!(number >= least)) throw new InvalidOptionError(option, `a whole number, ${least} or more`, value);
  return number;
}

function readChoice<T extends string>(option: string, value: Value, choices: readonly T[], fallback: T): T {
  if (value === undefined) return fallback;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw new InvalidOptionError(option, `one of ${choices.join(', ')}`, value);
  return choice;
}
