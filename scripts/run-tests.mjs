// Runs the compiled tests with Node's own runner. Arguments filter by path: `node scripts/run-tests.mjs unit/core`.
// `--node 22` runs them on another Node, which is installed below .cache if need be; `--node PATH` on any.
// Node 20 takes no globs and Node 22 no folders, so the files are listed here.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
// Most tests use the package as it is published: it must be that of the sources just compiled.
import './bundle.mjs';

const root = join(import.meta.dirname, '..', 'build', 'test');
const given = process.argv.slice(2);
const other = given.indexOf('--node');
const node = other === -1 ? process.execPath : otherNode(given.splice(other, 2)[1] ?? '');
const filters = given.filter((argument) => !argument.startsWith('--'));
const options = given.filter((argument) => argument.startsWith('--'));
const files = readdirSync(root, { recursive: true })
  .filter((file) => /\.test\.[cm]?js$/.test(file))
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  .filter((file) => filters.length > 0 || !file.startsWith('soak'))
  .sort()
  .map((file) => join(root, file));
if (files.length === 0) {
  console.error(`No test file matches ${filters.join(', ') || root}`);
  process.exit(1);
}
const { status, signal } = spawnSync(
  node,
  [
    '--enable-source-maps',
    '--expose-gc',
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=2',
    ...options,
    ...files,
  ],
  { stdio: 'inherit', env: { ...process.env, NODE_ENV: 'test' } },
);
process.exit(signal === null ? status : 1);

/** The Node of this major version, or at this path. */
function otherNode(version) {
  if (!/^\d+$/.test(version)) return version;
  const folder = join(import.meta.dirname, '..', '.cache', `node${version}`);
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(binary)) {
    const arguments_ = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${version}`];
    spawnSync('npm', arguments_, { stdio: 'inherit', shell: process.platform === 'win32' });
  }
  return binary;
}
