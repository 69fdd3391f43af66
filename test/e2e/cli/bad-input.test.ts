import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FIXTURES, runCli, Workspace } from './cli.js';

const handler = (name: string): string => join(FIXTURES, name);

describe('offloop map refuses before anything is run', () => {
  const modules: Record<string, string> = {
    'syntax.ts': 'export default function x( {\n',
    'syntax.mjs': 'export default function x( {\n',
    'throws.ts': "throw new TypeError('at load');\n",
    'unresolved.ts': "import 'no-such-package-anywhere';\nexport default () => 1;\n",
    'nothing.mjs': 'export const limit = 7;\n',
    'named.mjs': 'export function resize() {}\n',
    'value.mjs': 'export default 7;\n',
  };
  const cases: readonly [what: string, args: readonly string[], message: RegExp][] = [
    ['a missing module', ['./missing.ts', 'in'], /Cannot find the handler module \.\/missing\.ts: .*it does not exist/],
    ['a mistyped module', ['./syntx.ts', 'in'], /Did you mean syntax\.ts\?/],
    ['a folder as the module', ['./in', 'in'], /is not a file/],
    [
      'a syntax error in TypeScript',
      ['./syntax.ts', 'in'],
      /Cannot load the handler module syntax\.ts\n.*syntax\.ts:2:0/s,
    ],
    [
      'a syntax error in JavaScript',
      ['./syntax.mjs', 'in'],
      /Cannot load the handler module syntax\.mjs\n.*SyntaxError/s,
    ],
    ['a module that throws', ['./throws.ts', 'in'], /caused by TypeError: at load \(throws\.ts:1:7\)/],
    ['a module whose import is missing', ['./unresolved.ts', 'in'], /no-such-package-anywhere/],
    ['a module without a function', ['./nothing.mjs', 'in'], /has no default export\. Export the function to run/],
    [
      'a module with another function',
      ['./named.mjs', 'in'],
      /has no default export\. It exports resize: use named\.mjs#resize/,
    ],
    ['a mistyped export', ['./named.mjs#resise', 'in'], /has no export named resise\..* Did you mean resize\?/],
    [
      'a default export that is no function',
      ['./value.mjs', 'in'],
      /has a default export, but it is 7, not a function/,
    ],
    ['a missing export name', ['./named.mjs#', 'in'], /name of the export is missing/],
    [
      'a glob that matches nothing',
      ['./named.mjs#resize', 'in/**/*.png'],
      /No file matches in\/\*\*\/\*\.png \(looked in .*in\)/,
    ],
    ['a missing input', ['./named.mjs#resize', 'nowhere'], /Cannot read the input nowhere: it does not exist/],
    [
      'an output folder that is a file',
      ['./named.mjs#resize', 'in', '-o', 'in/a.txt'],
      /Cannot write to the output folder .*a\.txt/,
    ],
    [
      'an output folder below a file',
      ['./named.mjs#resize', 'in', '-o', 'in/a.txt/out'],
      /Cannot write to the output folder/,
    ],
    ['an unknown option', ['./named.mjs#resize', 'in', '--wrokers', '2'], /Did you mean --workers\?/],
    ['bytes without --out', [handler('outputs.ts#view'), 'in'], /returned bytes: say where to put them with --out DIR/],
  ];
  for (const [what, args, message] of cases) {
    it(what, async () => {
      await using space = await Workspace.create({ ...modules, 'in/a.txt': 'x', 'in/b.txt': 'y' });
      const { code, stdout, stderr } = await runCli(['map', ...args], space.root);
      assert.match(stderr, message);
      assert.match(stderr, /^offloop: /);
      assert.doesNotMatch(stderr, /\n {4}at /);
      assert.equal(stdout, '');
      assert.equal(code, 2);
    });
  }

  it('a command that does not exist or is not built', async () => {
    const mistyped = await runCli(['mpa', './x.ts', 'in'], FIXTURES);
    assert.match(mistyped.stderr, /mpa is not a command of offloop\. Did you mean map\?/);
    const coming = await runCli(['top'], FIXTURES);
    assert.match(coming.stderr, /top is not there yet/);
    assert.deepEqual([mistyped.code, coming.code], [2, 2]);
  });
});

describe('offloop map fails one input and goes on with the others', () => {
  const others = { 'in/a': 'x', 'in/c': 'x', 'in/d': 'x' };

  async function expectOthers(space: Workspace): Promise<void> {
    assert.deepEqual(await space.files('out'), ['a.txt', 'c.txt', 'd.txt']);
  }

  it('when the handler throws', async () => {
    await using space = await Workspace.create({ ...others, 'in/bad': 'x' });
    const { code, stderr } = await runCli(['map', handler('mischief.ts#picky'), 'in', '-o', 'out'], space.root);
    assert.equal(code, 1);
    assert.match(stderr, /3 done, 1 failed in/);
    assert.match(
      stderr,
      /bad: TypeError: cannot stomach bad \(.*mischief\.ts:\d+:\d+\)\n +caused by RangeError: too sour/,
    );
    await expectOthers(space);
  });

  it('when the handler ends its worker', async () => {
    await using space = await Workspace.create({ ...others, 'in/bad': 'x' });
    const { code, stderr } = await runCli(['map', handler('mischief.ts#exit'), 'in', '-o', 'out'], space.root);
    assert.equal(code, 1);
    assert.match(stderr, /bad: .*7/);
    await expectOthers(space);
  });

  it('when the handler never ends and there is a time-out', async () => {
    await using space = await Workspace.create({ ...others, 'in/bad': 'x' });
    const args = ['map', handler('mischief.ts#spin'), 'in', '-o', 'out', '--timeout', '2s'];
    const { code, stderr } = await runCli(args, space.root);
    assert.equal(code, 1);
    assert.match(stderr, /bad: .*2000 ms/);
    await expectOthers(space);
  });

  it('when the result cannot be written as asked', async () => {
    await using space = await Workspace.create({ 'in/a': 'x', 'in/b': 'x', 'in/c': 'x' });
    const escape = await runCli(['map', handler('outputs.ts#escape'), 'in/a', '-o', 'out'], space.root);
    assert.match(escape.stderr, /"\.\.\/\.\.\/escaped\.txt" must be a relative path inside/);
    const same = await runCli(['map', handler('outputs.ts#same'), 'in', '-o', 'out', '--workers', '1'], space.root);
    assert.match(same.stderr, /1 done, 2 failed/);
    assert.match(same.stderr, /was already written for a/);
    const over = await runCli(['map', handler('outputs.ts#view'), 'in', '-o', 'in'], space.root);
    assert.match(over.stderr, /would be written over its own input/);
    assert.equal(await space.read('in/a'), 'x');
    const unfit = await runCli(['map', handler('outputs.ts#unfit'), 'in/a', '-o', 'out'], space.root);
    assert.match(unfit.stderr, /expected bytes, text or JSON/);
    assert.deepEqual([escape.code, same.code, over.code, unfit.code], [1, 1, 1, 1]);
  });

  it('when what is thrown is no error', async () => {
    await using space = await Workspace.create({ 'in/a': 'x' });
    const { code, stderr } = await runCli(['map', handler('mischief.ts#throwsText'), 'in'], space.root);
    assert.equal(code, 1);
    assert.match(stderr, /a: .*just text/);
  });

  it('when an input cannot be read', async () => {
    await using space = await Workspace.create({ 'in/a': 'x' });
    await symlink(space.path('in/gone'), space.path('in/link'));
    const args = ['map', handler('describe.ts'), '-', '--stdin-as', 'path'];
    const { code, stdout, stderr } = await runCli(args, space.root, 'in/a\nin/link\nin\n');
    assert.equal(code, 1);
    assert.match(stdout, /"key":"in\/a"/);
    assert.match(stderr, /in\/link: Cannot read .*it does not exist/);
    assert.match(stderr, /in: Cannot read .*it is a folder/);
  });

  it('and runs it again with --retries, as often as asked', async () => {
    await using space = await Workspace.create({ 'in/twice': 'x', 'in/bad': 'x', 'in/exit': 'x' });
    const { code, stderr } = await runCli(
      ['map', handler('mischief.ts#picky'), 'in', '-o', 'out', '--retries', '2'],
      space.root,
    );
    assert.equal(code, 1);
    assert.match(stderr, /2 done, 1 failed/);
    assert.equal(await space.read('out/twice.txt'), 'attempt 2');
  });

  it('when the disk is full, and leaves nothing half-written', async (t) => {
    await using space = await Workspace.create({ 'in/big': Buffer.alloc(400_000), 'in/small': 'x' });
    await mkdir(space.path('disk'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'none', space.path('disk')]);
    if (mounted.status !== 0) return t.skip('needs the right to mount a small file system (root)');
    try {
      const { code, stderr } = await runCli(
        ['map', handler('outputs.ts#named'), 'in', '-o', 'disk', '--io', '1'],
        space.root,
      );
      assert.equal(code, 1);
      assert.match(stderr, /big: Cannot write .*no space left on the disk/);
      assert.deepEqual(await space.files('disk'), ['small.copy', 'small.info.json']);
    } finally {
      spawnSync('umount', [space.path('disk')]);
    }
  });
});

describe('offloop map --halt', () => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`in/${n}-bad`, 'x']));

  it('ends the run at a number of failures with exit code 4', async () => {
    await using space = await Workspace.create(files);
    for (const rule of ['soon,fail=3', 'now,fail=3']) {
      const { code, stderr } = await runCli(
        ['map', handler('mischief.ts#picky'), 'in', '--halt', rule, '--workers', '1'],
        space.root,
      );
      assert.equal(code, 4, stderr);
      assert.match(stderr, new RegExp(`Ended by --halt ${rule}: 0 done, [34] failed, 3[67] not done`));
    }
  });

  it('goes on to the end with never, and below the limit', async () => {
    await using space = await Workspace.create({ 'in/a': '', 'in/b': '', 'in/c-bad': '' });
    for (const rule of ['never', 'now,fail=2', 'now,fail=50%']) {
      const { code, stderr } = await runCli(
        ['map', handler('mischief.ts#picky'), 'in', '--halt', rule, '-o', 'out'],
        space.root,
      );
      assert.equal(code, 1, stderr);
      assert.match(stderr, /2 done, 1 failed in/);
    }
  });
});
