import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const HOME = fileURLToPath(new URL('../', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Makes what the candidates import: the peers, from this folder's own lock file; and `offloop`, a link to the root
 * with its build. (A `file:..` dependency would copy the root's dependencies into this lock file.)
 */
export function install(log) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const shell = process.platform === 'win32';
  if (!existsSync(`${HOME}node_modules/piscina`)) {
    log('Installing the peers (once)');
    execFileSync(npm, ['ci', '--no-audit', '--no-fund'], { cwd: HOME, shell, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  if (!existsSync(`${HOME}node_modules/offloop`)) {
    mkdirSync(`${HOME}node_modules`, { recursive: true });
    symlinkSync(ROOT, `${HOME}node_modules/offloop`, 'junction');
  }
  if (!existsSync(`${ROOT}dist/index.js`)) {
    log('Building offloop');
    execFileSync(npm, ['run', 'build', '--silent'], { cwd: ROOT, shell, stdio: ['ignore', 'inherit', 'inherit'] });
  }
}
