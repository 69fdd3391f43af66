/**
 * The samples of docstrings and guides do what is written beside them: each is run as a program of its own, and what it
 * prints is compared with the comments behind its `console.log(…)`.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import * as offloop from 'offloop';
import * as testing from 'offloop/testing';
import { runProgram } from '../exit/run-program.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** Rooms whose samples are programs that need nothing else. */
const ROOMS = ['core', 'sync', 'testing', 'thread', 'process'];

/** What stands around the samples of a guide; a guide without an entry has none that can be run. */
const AROUND: Readonly<Record<string, string>> = {
  'README.md': '',
  'docs/context.md': '',
  'docs/structured-concurrency.md': `
    const fetchUser = async (id: number) => ({ id });
    const fetchPosts = async (id: number) => [id];
  `,
};

interface Sample {
  readonly name: string;
  readonly code: string;
}

function docstringSamples(): Sample[] {
  return ROOMS.flatMap((room) => readdirSync(join(ROOT, 'src', room)).map((file) => `src/${room}/${file}`)).flatMap(
    (file) => {
      const docstrings = readFileSync(join(ROOT, file), 'utf8').matchAll(/\/\*\*\n[^]*?\*\//g);
      return Array.from(docstrings, ([text]) => /@example\n([^]*?)\n? *\*(?: *\n *\* @|\/)/.exec(text)?.[1])
        .filter((code) => code !== undefined)
        .map((code, index) => ({ name: `${file} ${index + 1}`, code: code.replaceAll(/^ *\* ?/gm, '') }));
    },
  );
}

function guideSamples(): Sample[] {
  return Object.entries(AROUND).flatMap(([file, around]) => {
    const blocks = readFileSync(join(ROOT, file), 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm);
    return Array.from(blocks, ([, code = '']) => code)
      .filter((code) => !/ from '(?!offloop|node:)/.test(code))
      .map((code, index) => ({ name: `${file} ${index + 1}`, code: around + code }));
  });
}

/** A docstring's sample leaves out where its names come from. */
function withImports(code: string): string {
  const missing = (names: object): string =>
    Object.keys(names)
      .filter((name) => new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`import [^;]*\\b${name}\\b`).test(code))
      .join(', ');
  return `import { ${missing(offloop)} } from 'offloop';\nimport { ${missing(testing)} } from 'offloop/testing';\n${code}`;
}

/** What is said to be printed; `undefined` for what is not said. */
function said(code: string): (string | undefined)[] {
  return Array.from(code.matchAll(/console\.log\(.*\);(?: \/\/ (.*))?$/gm), ([, text]) => text);
}

describe('samples', () => {
  let folder = '';
  before(() => {
    // Inside of the package, which is therefore found by its name.
    folder = mkdtempSync(join(import.meta.dirname, 'samples-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const samples = [...docstringSamples(), ...guideSamples()];

  it('are found', () => {
    for (const name of ['src/core/gather.ts 1', 'src/sync/queue.ts 1', 'docs/structured-concurrency.md 3']) {
      assert.ok(
        samples.some((sample) => sample.name === name),
        name,
      );
    }
  });

  for (const { name, code } of samples) {
    it(name, { timeout: 60_000 }, async () => {
      const file = join(folder, `${basename(name).replaceAll(/\W/g, '-')}.mjs`);
      // As a user's compiler does for Node 20, which has no `using`.
      const { code: program } = await transform(withImports(code), { loader: 'ts', format: 'esm', target: 'node20' });
      writeFileSync(file, program);
      const { code: exitCode, stdout, stderr } = await runProgram(file);
      assert.deepEqual({ exitCode, stderr }, { exitCode: 0, stderr: '' }, stdout);
      const lines = stdout === '' ? [] : stdout.trimEnd().split('\n');
      const expected = said(code);
      if (expected.includes(undefined)) return;
      assert.deepEqual(lines, expected);
    });
  }
});
