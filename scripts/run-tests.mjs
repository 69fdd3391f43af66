// Runs the compiled tests with Node's own runner. Arguments filter by path: `node scripts/run-tests.mjs unit/core`.
// Node 20 takes no globs and Node 22 no folders, so the files are listed here.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
// Most tests use the package as it is published: it must be that of the sources just compiled.
import './bundle.mjs';

const root = join(import.meta.dirname, '..', 'build', 'test');
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
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
  process.execPath,
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
