import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FIXTURES, runCli, Workspace } from './cli.js';

const handler = (name: string): string => join(FIXTURES, name);

interface Line {
  readonly key: string;
  readonly value: unknown;
}

function lines(stdout: string): Line[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

function valuesByKey(stdout: string): Record<string, unknown> {
  return Object.fromEntries(lines(stdout).map(({ key, value }) => [key, value]));
}

describe('offloop map', () => {
  it('tells the handler about its input, and prints results as lines of JSON', async () => {
    await using space = await Workspace.create({ 'in/a.txt': 'alpha', 'in/sub/b': 'beta' });
    const { code, stdout, stderr } = await runCli(['map', handler('describe.ts'), 'in', '--keep-order'], space.root);
    assert.equal(code, 0, stderr);
    const common = { attempt: 1, signal: { aborted: false } };
    assert.deepEqual(lines(stdout), [
      {
        key: 'a.txt',
        value: {
          key: 'a.txt',
          name: 'a',
          extension: '.txt',
          path: space.path('in/a.txt'),
          size: 5,
          text: 'alpha',
          index: 0,
          ...common,
        },
      },
      {
        key: 'sub/b',
        value: {
          key: 'sub/b',
          name: 'b',
          extension: '',
          path: space.path('in/sub/b'),
          size: 4,
          text: 'beta',
          index: 1,
          ...common,
        },
      },
    ]);
    assert.match(stderr, /2 done in /);
  });

  it('runs TypeScript with what projects use: enums, imports without extension, JSON, CommonJS', async () => {
    await using space = await Workspace.create({ 'in/cat.jpg': 'x' });
    const { code, stdout, stderr } = await runCli(
      ['map', join(FIXTURES, '../projects/loose-typescript/features.ts'), 'in'],
      space.root,
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual(lines(stdout), [{ key: 'cat.jpg', value: 'hello cat 4 red 42 calm later' }]);
  });

  for (const [module, value] of [
    ['stripped.ts#hello', 'hello cat'],
    ['common-js.cjs', 'CAT.JPG'],
    ['common-js.cjs#size', 1],
    ['typed-common.cts#shout', 'cat.jpg!'],
  ] as const) {
    it(`runs ${module}`, async () => {
      await using space = await Workspace.create({ 'in/cat.jpg': 'x' });
      const { code, stdout, stderr } = await runCli(['map', handler(module), 'in/*.jpg', '-q'], space.root);
      assert.equal(stderr, '');
      assert.equal(code, 0);
      assert.deepEqual(lines(stdout), [{ key: 'cat.jpg', value }]);
    });
  }

  it('runs a TypeScript module outside of any package, where it counts as CommonJS', async () => {
    await using space = await Workspace.create({
      'in/cat.jpg': 'x',
      'handler.ts': `const shout = (s: string): string => s + '!';\nexport default (input: { key: string }) => shout(input.key);\n`,
    });
    const { code, stdout, stderr } = await runCli(['map', './handler.ts', 'in'], space.root);
    assert.equal(code, 0, stderr);
    assert.deepEqual(lines(stdout), [{ key: 'cat.jpg', value: 'cat.jpg!' }]);
  });

  it('writes bytes, text, JSON and named outputs below --out', async () => {
    await using space = await Workspace.create({ 'in/a/x.txt': 'xx', 'in/y.txt': 'y' });
    const { code, stderr } = await runCli(['map', handler('outputs.ts#named'), 'in', '-o', 'out'], space.root);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await space.files('out'), ['a/x.copy', 'a/x.info.json', 'y.copy', 'y.info.json']);
    assert.equal(await space.read('out/a/x.copy'), 'xx');
    assert.equal(await space.read('out/a/x.info.json'), '{"size":2}\n');
  });

  it('writes whole what a handler returns for many inputs, and no more of it', async () => {
    await using space = await Workspace.create(
      Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`in/${n}`, 'x'])),
    );
    await runCli(['map', handler('outputs.ts#shared'), 'in', '-o', 'shared', '--workers', '1'], space.root);
    await runCli(['map', handler('outputs.ts#view'), 'in', '-o', 'view', '--workers', '1'], space.root);
    for (let n = 0; n < 6; n++) {
      assert.equal(await space.read(`shared/${n}`), 'p'.repeat(1000));
      assert.equal(await space.read(`view/${n}`), 'ppp');
    }
  });

  it('writes nothing for a handler that returns nothing', async () => {
    await using space = await Workspace.create({ 'in/a': 'x' });
    const { code } = await runCli(['map', handler('outputs.ts#nothing'), 'in', '-o', 'out'], space.root);
    assert.equal(code, 0);
    assert.deepEqual(await space.files('out'), []);
  });

  it('keeps what handlers print off standard output', async () => {
    await using space = await Workspace.create({ 'in/a': 'x' });
    const { stdout, stderr } = await runCli(['map', handler('outputs.ts#chatty'), 'in'], space.root);
    assert.equal(stdout, '{"key":"a","value":"quiet"}\n');
    assert.match(stderr, /^working on a$/m);
    assert.match(stderr, /^some trouble$/m);
  });

  it('prints results in the order of the inputs with --keep-order', async () => {
    await using space = await Workspace.create({ 'in/a.txt': '', 'in/b.txt': '', 'gates/.keep': '' });
    const args = ['map', handler('gated.ts#reversed'), 'in', '--keep-order', '--workers', '2'];
    const { stdout } = await runCli(args, space.root);
    assert.deepEqual(
      lines(stdout).map((line) => line.key),
      ['a.txt', 'b.txt'],
    );
  });

  it('keeps the order when an item fails', async () => {
    const names = ['1', '2-bad', '3', '4-twice', '5', '6'];
    await using space = await Workspace.create(Object.fromEntries(names.map((name) => [`in/${name}`, ''])));
    const { code, stdout } = await runCli(
      ['map', handler('mischief.ts#picky'), 'in', '--keep-order', '--retries', '1'],
      space.root,
    );
    assert.equal(code, 1);
    assert.deepEqual(
      lines(stdout).map((line) => line.key),
      ['1', '3', '4-twice', '5', '6'],
    );
  });

  it('takes lines of standard input as text, JSON or paths', async () => {
    await using space = await Workspace.create({ 'in/a.txt': 'alpha' });
    const text = await runCli(['map', handler('describe.ts'), '-'], space.root, 'one\n\n{"n":1}\n');
    const values = lines(text.stdout).map(({ value }) => (value as { value: unknown }).value);
    assert.deepEqual(new Set(values), new Set(['one', '{"n":1}']));
    const json = await runCli(
      ['map', handler('describe.ts'), '-', '--stdin-as', 'json'],
      space.root,
      '{"n":1}\nnot json\n',
    );
    assert.equal(json.code, 1);
    assert.deepEqual((valuesByKey(json.stdout)['000001'] as { value: unknown }).value, { n: 1 });
    assert.match(json.stderr, /000002: .*JSON/);
    const path = await runCli(['map', handler('describe.ts'), '-', '--stdin-as', 'path'], space.root, 'in/a.txt\n');
    assert.equal((valuesByKey(path.stdout)['in/a.txt'] as { text: string }).text, 'alpha');
  });

  it('lists the inputs and runs nothing with --dry-run', async () => {
    await using space = await Workspace.create({ 'in/a.txt': '', 'in/b.txt': '' });
    const { code, stdout } = await runCli(
      ['map', handler('mischief.ts#exit'), 'in', '-o', 'out', '--dry-run'],
      space.root,
    );
    assert.equal(code, 0);
    assert.equal(stdout, `${space.path('in/a.txt')}\n${space.path('in/b.txt')}\n`);
    assert.deepEqual((await space.files('.')).length, 2);
  });

  it('reports in JSON for machines', async () => {
    await using space = await Workspace.create({ 'in/a': '', 'in/bad': '' });
    const { code, stdout, stderr } = await runCli(
      ['map', handler('mischief.ts#picky'), 'in', '-o', 'out', '--format', 'json', '--workers', '1'],
      space.root,
    );
    assert.equal(code, 1);
    assert.equal(stderr, '');
    const { milliseconds, ...report } = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(typeof milliseconds, 'number');
    const [failure] = report['failures'] as { key: string; error: string }[];
    assert.equal(failure?.key, 'bad');
    assert.match(
      failure.error,
      /^TypeError: cannot stomach bad \(.*mischief\.ts:\d+:\d+\)\n {2}caused by RangeError: too sour/,
    );
    assert.deepEqual(
      { ...report, failures: [] },
      {
        outcome: 'finished',
        exitCode: 1,
        total: 2,
        succeeded: 1,
        failed: 1,
        notDone: 0,
        workers: 1,
        out: 'out',
        failures: [],
        failuresOmitted: 0,
      },
    );
  });

  it('prints its version and its help, whatever else is on the line', async () => {
    const version = await runCli(['--version'], FIXTURES);
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
    const help = await runCli(['map', '--nonsense', '--help'], FIXTURES);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /^Usage: offloop map/m);
    const bare = await runCli([], FIXTURES);
    assert.equal(bare.code, 2);
    assert.match(bare.stderr, /Commands:/);
  });
});
