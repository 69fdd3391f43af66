import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Stats } from 'webpack';

// The package as a user gets it: packed, unpacked into the node_modules of a program elsewhere, and used from there.

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
  bin: Record<string, string>;
  exports: Record<string, string | { types: string; default: string }>;
  dependencies: Record<string, string>;
};
const SUB_PATHS = Object.keys(manifest.exports).filter((path) => path !== './package.json');
const specifier = (path: string): string => manifest.name + path.slice(1);

let home = '';

function link(name: string): void {
  mkdirSync(dirname(join(home, 'node_modules', name)), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules', name), join(home, 'node_modules', name), 'junction');
}

/** Writes a program, runs it with this Node and gives what it printed. */
function run(file: string, source: string, execArgv: readonly string[] = []): string {
  writeFileSync(join(home, file), source);
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', ...execArgv, join(home, file)], {
    encoding: 'utf8',
    env,
    timeout: 30_000,
  });
  assert.equal(status, 0, `${file} ended with ${status}:\n${stdout}${stderr}`);
  assert.equal(stderr, '');
  return stdout;
}

before(() => {
  home = mkdtempSync(join(tmpdir(), 'offloop-packed-'));
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', home], {
    cwd: ROOT,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  execFileSync('tar', ['-xzf', filename], { cwd: home });
  mkdirSync(join(home, 'node_modules'));
  cpSync(join(home, 'package'), join(home, 'node_modules', manifest.name), { recursive: true });
  for (const name of Object.keys(manifest.dependencies)) link(name);
});

after(() => rmSync(home, { recursive: true, force: true }));

describe('the packed package', () => {
  for (const path of SUB_PATHS) {
    it(`${specifier(path)} can be imported and required, with the same names`, async () => {
      const imported = run('names.mjs', `console.log(Object.keys(await import('${specifier(path)}')).sort().join())`);
      const required = run('names.cjs', `console.log(Object.keys(require('${specifier(path)}')).sort().join())`);
      assert.equal(required.replace(/(,|^)(__esModule|default|module\.exports)(?=,|$)/g, ''), imported);
    });
  }

  it('nothing but the sub-paths can be imported', () => {
    const told = run('deep.mjs', `await import('offloop/dist/index.js').catch((error) => console.log(error.code))`);
    assert.equal(told.trim(), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  const FIRST_PROGRAM = `
    const offset = 40;
    async function main() {
      const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
      console.log(await pool.submit((x) => x + offset, 2));
      const processes = new ProcessPoolExecutor({ maxWorkers: 1 });
      console.log(await processes.submit((x) => x * offset, 2));
      await Promise.all([pool.shutdown(), processes.shutdown()]);
      console.log(await run(async () => gather([1, 2].map((x) => toThread((y) => y * y, x)))));
    }`;
  const NAMES = '{ ThreadPoolExecutor, ProcessPoolExecutor, run, gather, toThread }';
  const PRINTED = '42\n80\n[ 1, 4 ]\n';

  it('a first program runs as an ES module', () => {
    assert.equal(run('first.mjs', `import ${NAMES} from 'offloop';${FIRST_PROGRAM}\nawait main();`), PRINTED);
  });

  it('a first program runs as CommonJS', () => {
    assert.equal(run('first.cjs', `const ${NAMES} = require('offloop');${FIRST_PROGRAM}\nvoid main();`), PRINTED);
  });

  it('NODE-010 a first program runs from TypeScript sources through tsx', () => {
    const source = `import ${NAMES} from 'offloop';${FIRST_PROGRAM.replace('(x) => x + offset', '(x: number): number => x + offset')}\nawait main();`;
    assert.equal(run('first.mts', source, ['--import', 'tsx']), PRINTED);
  });

  // What a bundler knows by itself, and one that was told something else.
  for (const [format, conditions] of [
    ['esm', undefined],
    ['cjs', undefined],
    ['esm', ['other']],
  ] as const) {
    const told = conditions === undefined ? '' : ` for the condition ${conditions.join()}`;
    it(`NODE-010 a first program runs bundled into one ${format} file${told}`, async () => {
      const { build } = await import('esbuild');
      const outfile = join(home, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs');
      await build({
        stdin: { contents: `import ${NAMES} from 'offloop';${FIRST_PROGRAM}\nvoid main();`, resolveDir: home },
        outfile,
        bundle: true,
        platform: 'node',
        format,
        logLevel: 'silent',
        ...(conditions && { conditions: [...conditions] }),
      });
      assert.equal(run(format === 'esm' ? 'bundle.mjs' : 'bundle.cjs', readFileSync(outfile, 'utf8')), PRINTED);
    });
  }

  // It leaves out what reads functions: that is looked for beside the bundle.
  it('NODE-010 a first program runs bundled by webpack', async () => {
    const entry = join(home, 'to-be-bundled.mjs');
    writeFileSync(entry, `import ${NAMES} from 'offloop';${FIRST_PROGRAM}\nvoid main();`);
    const outfile = join(home, 'by', 'webpack.mjs');
    await byWebpack(entry, outfile);
    assert.equal(run(join('by', 'webpack.mjs'), readFileSync(outfile, 'utf8')), PRINTED);
  });

  it('its types serve a strict program without skipLibCheck', () => {
    for (const name of ['typescript', '@types/node', 'undici-types']) link(name);
    writeFileSync(
      join(home, 'typed.mts'),
      `import { ThreadPoolExecutor, type Future } from 'offloop';
       const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
       const future: Future<number> = pool.submit((x: number) => x + 1, 1);
       console.log(await future);\n`,
    );
    const tsc = join(ROOT, 'node_modules', '.bin', process.platform === 'win32' ? 'tsc.cmd' : 'tsc');
    const { status, stdout } = spawnSync(
      tsc,
      [
        '--noEmit',
        '--strict',
        '--exactOptionalPropertyTypes',
        '--module',
        'nodenext',
        '--target',
        'es2022',
        '--lib',
        'es2023,esnext.disposable',
        '--types',
        'node',
        'typed.mts',
      ],
      { cwd: home, encoding: 'utf8', shell: process.platform === 'win32' },
    );
    assert.equal(status, 0, stdout);
  });

  it('its binary answers --version and --help', () => {
    const binary = join(home, 'node_modules', manifest.name, manifest.bin['offloop'] as string);
    const ask = (option: string): string => execFileSync(process.execPath, [binary, option], { encoding: 'utf8' });
    assert.match(ask('--version'), new RegExp(manifest.version.replaceAll('.', '\\.')));
    assert.match(ask('--help'), /offloop map/);
  });
});

async function byWebpack(entry: string, outfile: string): Promise<void> {
  const { default: webpack } = await import('webpack');
  const compiler = webpack({
    entry,
    target: 'node20',
    mode: 'production',
    context: dirname(entry),
    output: { path: dirname(outfile), filename: basename(outfile), module: true },
    experiments: { outputModule: true },
  });
  const stats = await new Promise<Stats | undefined>((resolve, reject) => {
    compiler.run((error, result) => (error === null ? resolve(result) : reject(error)));
  });
  assert.deepEqual(stats?.toJson({ all: false, errors: true, warnings: true }).errors, []);
}
