import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidOptionError } from '#offloop/index.js';
import { parseCommandLine, renderHelp } from '#offloop/cli/command-line.js';
import { MAP_COMMAND, readMapOptions, type MapOptions } from '#offloop/cli/commands/map-options.js';
import { UsageError } from '#offloop/cli/usage-error.js';

function parse(...args: string[]): MapOptions {
  return readMapOptions(parseCommandLine(MAP_COMMAND, args));
}

function usageError(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UsageError || error instanceof InvalidOptionError, String(error));
    assert.match(error.message, pattern);
    return true;
  };
}

describe('the command line of offloop map', () => {
  it('reads the handler, the inputs and every option', () => {
    const text = [
      './thumbnail.ts photos/**/*.jpg more --out thumbs --workers=3 --io 5 --timeout 1.5s --retries 2',
      '--halt soon,fail=10% --keep-order --dry-run --format json -q --debug --executor thread',
    ];
    assert.deepEqual(parse(...text.join(' ').split(' ')), {
      handler: './thumbnail.ts',
      inputs: ['photos/**/*.jpg', 'more'],
      out: 'thumbs',
      workers: 3,
      io: 5,
      timeout: 1500,
      retries: 2,
      halt: { when: 'soon', limit: 10, unit: 'percent' },
      keepOrder: true,
      stdinAs: 'text',
      dryRun: true,
      json: true,
      debug: true,
      quiet: true,
    });
  });

  it('names the nearest option for an unknown one', () => {
    assert.throws(
      () => parse('a.ts', 'b', '--wokers', '3'),
      usageError(/--wokers is not an option.*Did you mean --workers\?/),
    );
    assert.throws(() => parse('a.ts', 'b', '--keep-ordre'), usageError(/Did you mean --keep-order\?/));
    assert.throws(() => parse('a.ts', 'b', '--frobnicate'), usageError(/See offloop map --help/));
    assert.throws(() => parse('a.ts', 'b', '-x'), usageError(/-x is not an option/));
  });

  it('refuses an option of the design that is not built instead of ignoring it', () => {
    for (const args of [
      ['--resume'],
      ['--retry-failed'],
      ['--job-log', 'log.jsonl'],
      ['--trace', 'trace.json'],
      ['--dashboard'],
      ['--executor', 'process'],
      ['--executor', 'redis://localhost'],
      ['--out', 's3://bucket/thumbs'],
      ['s3://bucket/photos/*.jpg'],
    ]) {
      assert.throws(() => parse('a.ts', 'b', ...args), usageError(/not there yet/), args.join(' '));
    }
  });

  it('says what a value must be and what came', () => {
    const wrong: readonly [string[], RegExp][] = [
      [['--workers', '0'], /--workers must be 1 to .*received "0"/],
      [['--workers', '2.5'], /--workers must be/],
      [['--workers', 'many'], /--workers must be .*received "many"/],
      [['--workers', '0%'], /--workers must be/],
      [['--workers', '-3'], /--workers must be/],
      [['--io', '0'], /--io must be a whole number, 1 or more; received "0"/],
      [['--retries', '-1'], /--retries must be a whole number, 0 or more/],
      [['--timeout', '30'], /--timeout must be a time .*unit.*received "30"/],
      [['--timeout', '0s'], /--timeout must be a time/],
      [['--halt', 'later'], /--halt must be never, now or soon.*received "later"/],
      [['--format', 'yaml'], /--format must be one of text, json; received "yaml"/],
      [['--executor', 'fiber'], /--executor must be thread; received "fiber"/],
    ];
    for (const [args, pattern] of wrong) assert.throws(() => parse('a.ts', 'b', ...args), usageError(pattern));
  });

  it('refuses a value that is missing or superfluous', () => {
    assert.throws(() => parse('a.ts', 'b', '--out'), usageError(/--out needs a value: --out DIR/));
    assert.throws(() => parse('a.ts', 'b', '--out='), usageError(/--out needs a value/));
    assert.throws(() => parse('a.ts', 'b', '--quiet=no'), usageError(/--quiet is a switch/));
  });

  it('asks for the handler and the inputs', () => {
    assert.throws(() => parse(), usageError(/handler module is missing/));
    assert.throws(() => parse('a.ts'), usageError(/no input for a\.ts/));
    assert.throws(() => parse('a.ts', ''), usageError(/empty string/));
    assert.throws(() => parse('a.ts', '-', 'photos'), usageError(/cannot be mixed/));
    assert.throws(() => parse('a.ts', 'photos', '--stdin-as', 'json'), usageError(/--stdin-as/));
    assert.throws(() => parse('a.ts', 'ftp://host/photos'), usageError(/ftp:\/\/ is not a kind of input/));
  });

  it('takes everything after -- as inputs', () => {
    assert.deepEqual(parse('a.ts', '--', '--out').inputs, ['--out']);
  });

  it('turns a share of the cores into at least one worker', () => {
    assert.equal(parse('a.ts', 'b', '--workers', '1%').workers, 1);
    assert.equal(parse('a.ts', 'b', '--workers', '200%').workers, 2 * parse('a.ts', 'b', '--workers', 'auto').workers);
  });

  it('prints lines on standard output without --out or with --out -', () => {
    assert.equal(parse('a.ts', 'b').out, undefined);
    assert.equal(parse('a.ts', 'b', '--out', '-').out, undefined);
  });

  it('lists every option that works in the help, and none that does not', () => {
    const help = renderHelp(MAP_COMMAND);
    for (const [name, option] of Object.entries(MAP_COMMAND.options)) {
      if (name === 'executor') continue;
      assert.equal(help.includes(`--${name}`), option.notYet === undefined, name);
    }
    for (const line of help.split('\n')) assert.ok(line.length <= 120, line);
  });
});
