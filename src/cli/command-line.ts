import { parseArgs } from 'node:util';
import { suggestion } from './suggestion.ts';
import { UsageError } from './usage-error.ts';

/** One option of a command: how it is read, and its line in the help. */
export interface OptionDefinition {
  /** What stands for the value in the help (`N`, `DIR`); absent for a switch. */
  readonly value?: string;
  readonly short?: string;
  /** One or more lines; empty hides the option from the help. */
  readonly help: string;
  /** Set when the option is part of the design but not built: the message says so instead of ignoring it. */
  readonly notYet?: string;
}

/** A command of the program: what it is called, takes and prints for `--help`. */
export interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly options: Readonly<Record<string, OptionDefinition>>;
  readonly examples: readonly string[];
  /** Paragraphs after the options. */
  readonly notes: readonly string[];
}

/** What was given: values of options with one, `true` for switches, and the rest in order. */
export interface CommandLine {
  readonly options: Readonly<Record<string, string | true | undefined>>;
  readonly positionals: readonly string[];
}

/**
 * Reads a command's arguments. An option that is given twice counts the second time.
 * @throws UsageError for an unknown option (with the nearest known one), a missing or superfluous value.
 */
export function parseCommandLine(command: CommandDefinition, args: readonly string[]): CommandLine {
  // Not strict: the messages of parseArgs name no nearest option and its checks cannot be told apart by code.
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(command.options).map(([name, option]) => [name, parseArgsOption(option)]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const options: Record<string, string | true | undefined> = {};
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const definition = Object.hasOwn(command.options, token.name) ? command.options[token.name] : undefined;
    if (definition === undefined) throw unknownOption(command, token.name, token.rawName);
    if (definition.notYet !== undefined) {
      throw new UsageError(`${token.rawName} is not there yet: ${definition.notYet}`);
    }
    options[token.name] = readValue(token.rawName, definition, token.value);
  }
  return { options, positionals };
}

function parseArgsOption(option: OptionDefinition): { type: 'string' | 'boolean'; short?: string } {
  const type = option.value === undefined ? 'boolean' : 'string';
  return option.short === undefined ? { type } : { type, short: option.short };
}

function readValue(rawName: string, definition: OptionDefinition, value: string | undefined): string | true {
  if (definition.value === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} is a switch and takes no value; received "${value}"`);
    return true;
  }
  if (value === undefined || value === '')
    throw new UsageError(`${rawName} needs a value: ${rawName} ${definition.value}`);
  return value;
}

function unknownOption(command: CommandDefinition, name: string, rawName: string): UsageError {
  const hint = suggestion(name, Object.keys(command.options), '--');
  return new UsageError(
    `${rawName} is not an option of offloop ${command.name}.${hint || ` See offloop ${command.name} --help.`}`,
  );
}

/** The text of `--help`. */
export function renderHelp(command: CommandDefinition): string {
  const rows = Object.entries(command.options)
    .filter(([, option]) => option.help !== '')
    .map(([name, option]): [string, readonly string[]] => {
      const short = option.short === undefined ? '    ' : `-${option.short}, `;
      return [`  ${short}--${name}${option.value === undefined ? '' : ` ${option.value}`}`, option.help.split('\n')];
    });
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const lines = rows.flatMap(([left, help]) =>
    help.map((line, index) => (index === 0 ? left : '').padEnd(width) + line),
  );
  return [
    `offloop ${command.name}: ${command.summary}`,
    `Usage: offloop ${command.name} ${command.usage}`,
    `Examples:\n${command.examples.map((example) => `  ${example}`).join('\n')}`,
    `Options:\n${lines.join('\n')}`,
    ...command.notes,
  ].join('\n\n');
}
