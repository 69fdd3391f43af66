import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'node:test';
import { build } from 'esbuild';
import { nodes } from '../../fixtures/functions/other-runtimes.js';
import { Project, REPOSITORY, type Ending } from '../../fixtures/functions/project.js';

const timeout = 60_000;
const TSX = join(REPOSITORY, 'node_modules/tsx/dist/cli.mjs');

/** What the first visitor writes: helpers, imports and captured variables of every kind, in the main module. */
const BODY = `
const offset: number = 10;
let label = 'none';
const table = { rows: [1, 2, 3] };
const double = (x: number): number => x * 2;
function helper(x: number): number { return double(x) + triple(1); }
class Point { constructor(public x: number) {} norm(): number { return this.x + offset; } }
function prepare(text: string): void { label = text; }

async function main(): Promise<void> {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, initializer: prepare, initArgs: ['ready'] });
  const local = [7];
  const out = [
    await pool.submit((x: number) => helper(x) + offset, 5),
    await pool.submit(() => [label, table.rows.length, new Point(1).norm(), local[0]].join()),
    await pool.submit(() => basename('/a/b.txt')),
    await pool.submit(triple, 4),
  ];
  console.log(JSON.stringify(out), label);
  const error: Error = await pool.submit(() => {
    fail(offset);
  }).then(() => new Error('no error'), (caught) => caught);
  console.log(String(error.stack).split('\\n').filter((line) => line.includes('main')).join('\\n'));
  await pool.shutdown();
}

function fail(value: number): never {
  throw new RangeError('failed with ' + value); // the line to be named
}
`;
const ESM = `import { ThreadPoolExecutor } from 'offloop';
import { basename } from 'node:path';
import { triple } from './triple.EXT';
${BODY}
await main();
`;
const COMMON_JS = `const { ThreadPoolExecutor } = require('offloop');
const { basename } = require('node:path');
const { triple } = require('./triple.EXT');
${BODY}
main();
`;
const TRIPLE = 'export function triple(x: number): number { return x * 3; }\n';
const EXPECTED = '[23,"ready,3,11,7","b.txt",12] none';

/** The text without its types. */
function plain(text: string): string {
  return text
    .replaceAll('constructor(public x: number) {}', 'constructor(x) { this.x = x; }')
    .replaceAll(/: (?:number|string|never|void|Error|Promise<void>)(?=[ ,)])/g, '');
}

function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}

/** It printed the results, and the error's stack names the user's file and line. */
function worked({ code, stdout, stderr }: Ending, source: string, file: string): void {
  assert.equal(code, 0, stderr);
  const [results, ...stack] = stdout.trim().split('\n');
  assert.equal(results, EXPECTED);
  assert.match(
    stack.join('\n'),
    new RegExp(`${file.replaceAll('.', '\\.')}:${lineOf(source, 'throw new RangeError')}:`),
  );
}

describe('a function of the main module, as written', { concurrency: 2 }, () => {
  it('works in an ES module', { timeout }, async () => {
    const main = plain(ESM).replace('EXT', 'js');
    using project = new Project({ 'main.js': main, 'triple.js': plain(TRIPLE) });
    worked(await project.run(['main.js']), main, 'main.js');
  });

  for (const { name, path } of nodes().slice(1))
    it(`works in an ES module of ${name}`, { timeout }, async () => {
      const main = plain(ESM).replace('EXT', 'js');
      using project = new Project({ 'main.js': main, 'triple.js': plain(TRIPLE) });
      worked(await project.run(['main.js'], { node: path }), main, 'main.js');
    });

  it('works in CommonJS', { timeout }, async () => {
    const main = plain(COMMON_JS).replace('EXT', 'cjs');
    const triple = 'exports.triple = function (x) { return x * 3; };';
    using project = new Project({ 'main.cjs': main, 'triple.cjs': triple });
    worked(await project.run(['main.cjs']), main, 'main.cjs');
  });

  it('works through tsx', { timeout }, async () => {
    const main = ESM.replace('EXT', 'js');
    using project = new Project({ 'main.ts': main, 'triple.ts': TRIPLE });
    worked(await project.run([TSX, 'main.ts']), main, 'main.ts');
  });

  it('works through tsx in a CommonJS package', { timeout }, async () => {
    const main = ESM.replace('EXT', 'js').replace('await main();', 'void main();');
    using project = new Project({ 'main.ts': main, 'triple.ts': TRIPLE, 'package.json': '{}' });
    worked(await project.run([TSX, 'main.ts']), main, 'main.ts');
  });

  const stripping = nodes().filter(({ major }) => major >= 22);
  if (stripping.length === 0)
    void it.skip('works through the type stripping of Node 22 and later: scripts/run-tests.mjs --node 24 installs one');
  for (const { name, path } of stripping)
    it(`works through the type stripping of ${name}`, { timeout }, async () => {
      const main = ESM.replace('EXT', 'ts').replace(
        'constructor(public x: number) {}',
        'x: number; constructor(x: number) { this.x = x; }',
      );
      using project = new Project({ 'main.ts': main, 'triple.ts': TRIPLE });
      worked(await project.run(['main.ts'], { node: path }), main, 'main.ts');
    });

  for (const format of ['esm', 'cjs'] as const)
    for (const minify of [false, true])
      it(
        `works bundled by esbuild as ${format}${minify ? ', minified' : ''}, with source maps`,
        { timeout },
        async () => {
          const main = ESM.replace('EXT', 'js').replace('await main();', 'void main();');
          using project = new Project({ 'main.ts': main, 'triple.ts': TRIPLE });
          await build({
            entryPoints: [join(project.folder, 'main.ts')],
            outfile: join(project.folder, `out/bundle.${format === 'esm' ? 'mjs' : 'cjs'}`),
            bundle: true,
            platform: 'node',
            external: ['offloop'],
            sourcemap: true,
            format,
            minify,
          });
          const ending = await project.run(['--enable-source-maps', `out/bundle.${format === 'esm' ? 'mjs' : 'cjs'}`]);
          worked(ending, main, 'main.ts');
        },
      );

  it('works inside a package in node_modules', { timeout }, async () => {
    using project = new Project({
      'main.js': `import { work } from 'lib'; console.log(await work(4));`,
      'node_modules/lib/package.json': '{ "name": "lib", "type": "module", "exports": "./index.js" }',
      'node_modules/lib/index.js': `
        import { ThreadPoolExecutor } from 'offloop';
        import { factor } from '#factor';
        const base = 100;
        const scale = (x) => x * factor + base;
        export async function work(x) {
          const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
          try { return await pool.submit((y) => scale(y) + x, 2); } finally { await pool.shutdown(); }
        }`,
      'node_modules/lib/factor.js': 'export const factor = 3;',
    });
    project.write(
      'node_modules/lib/package.json',
      '{ "name": "lib", "type": "module", "exports": "./index.js", "imports": { "#factor": "./factor.js" } }',
    );
    const { stdout, stderr } = await project.run(['main.js']);
    assert.equal(stdout.trim(), '110', stderr);
  });

  it('keeps the meaning of CommonJS: exports by reference, sloppy mode, require, __dirname', { timeout }, async () => {
    using project = new Project({
      'main.cjs': `
        const { ThreadPoolExecutor } = require('offloop');
        const { promisify } = require('node:util');
        const { double, Shape } = require('./tasks.cjs');
        const later = promisify(setTimeout);
        const shape = new Shape(3);
        const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
        (async () => {
          console.log(await pool.submit(double, 2), await pool.submit(double, 2));
          console.log(await pool.submit(() => [shape.area(), shape instanceof Shape]));
          console.log(await pool.submit(function (a) { arguments[0] = 9; return [a, this === globalThis]; }, 1));
          console.log(await pool.submit(async () => (await later(1, 'later')) + require('./tasks.cjs').calls));
          console.log(await pool.submit(() => __filename.startsWith(__dirname) && typeof require.resolve('./tasks.cjs')));
          console.log(await (async () => pool.submit(() => module.id))().catch((error) => error.code), await pool.submit(() => 010));
          await pool.shutdown();
        })();`,
      // State of the module: by reference, one worker counts on.
      'tasks.cjs': `
        exports.calls = 0;
        exports.double = function (x) { exports.calls += 1; return x * 2 + exports.calls * 100; };
        class Shape { constructor(side) { this.side = side; } area() { return this.side ** 2; } }
        exports.Shape = Shape;`,
    });
    const { stdout, stderr } = await project.run(['main.cjs']);
    const expected = ['104 204', '[ 9, true ]', '[ 9, true ]', 'later2', 'string', 'ERR_OFFLOOP_CAPTURE 8'];
    assert.deepEqual(stdout.trim().split('\n'), expected, stderr);
  });

  it('works from node -e, from standard input and in the REPL', { timeout }, async () => {
    using project = new Project({});
    const script = `
      const { ThreadPoolExecutor } = require('offloop');
      const offset = 3;
      const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
      pool.submit((x) => require('node:path').sep.length + x + offset, 4).then(console.log).finally(() => pool.shutdown());`;
    assert.equal((await project.run(['--input-type=commonjs', '-e', script])).stdout.trim(), '8');
    assert.equal((await project.run(['--input-type=commonjs', '-'], { input: script })).stdout.trim(), '8');
    const lines = `
      const { ThreadPoolExecutor } = require('offloop');
      const offset = 3; let more = 1; function add(x) { return x + offset + more }
      const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
      more = 5;
      await pool.submit((x) => 'result ' + add(x), 4);
      await pool.shutdown();
      .exit\n`.replaceAll(/^ +/gm, '');
    const { stdout, stderr } = await project.run(['-i'], { input: lines });
    assert.match(stdout, /result 12/, stdout + stderr);
  });

  it('works in a worker thread, and pools nest', { timeout }, async () => {
    using project = new Project({
      'main.js': `
        import { ThreadPoolExecutor } from 'offloop';
        import { basename } from 'node:path';
        import { triple } from './triple.js';
        const offset = 2;
        const helper = (x) => triple(x) + offset;
        const outer = new ThreadPoolExecutor({ maxWorkers: 1 });
        console.log(await outer.submit(async (x) => {
          const inner = new ThreadPoolExecutor({ maxWorkers: 1 });
          const local = 1000;
          try {
            return await inner.submit((y) => [basename(import.meta.url), helper(y) + local + x], 5);
          } finally { await inner.shutdown(); }
        }, 100));
        await outer.shutdown();`,
      'triple.js': plain(TRIPLE),
    });
    const { stdout, stderr } = await project.run(['main.js']);
    assert.equal(stdout.trim(), "[ 'main.js', 1117 ]", stderr);
  });

  it('a bundle or script with eval, new Function and vm code works', { timeout }, async () => {
    using project = new Project({
      'main.js': `
        import vm from 'node:vm';
        import { ThreadPoolExecutor } from 'offloop';
        const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
        const made = new Function('n', 'const k = 2; return (x) => x * k + n;')(5);
        const evaluated = (0, eval)('(() => { const k = 3; return (x) => x + k; })()');
        const script = vm.runInThisContext('const secret = 4; (x) => x + secret', { filename: 'made-up.js' });
        console.log(await pool.submit(made, 10), await pool.submit(evaluated, 10), await pool.submit(script, 10));
        await pool.shutdown();`,
    });
    const { stdout, stderr } = await project.run(['main.js']);
    assert.equal(stdout.trim(), '25 13 14', stderr);
  });

  it(
    'importing the module of an exported function that submits at its top ends in an error, not in endless workers',
    { timeout },
    async () => {
      using project = new Project({
        'main.js': `import './tasks.js';`,
        'tasks.js': `
        import { ThreadPoolExecutor } from 'offloop';
        export function work(x) { return x; }
        const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
        try { console.log(await pool.submit(work, 1)); } catch (error) { console.log(error.code, error.message); }
        await pool.shutdown();`,
      });
      const { stdout } = await project.run(['main.js']);
      assert.match(stdout, /while a worker imports that module/);
      assert.ok(existsSync(new URL('tasks.js', `${pathToFileURL(project.folder).href}/`)));
    },
  );
});
