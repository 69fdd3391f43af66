import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { candidates } from '../candidates/index.mjs';

const BUSY_SAMPLE_MS = 500;
const QUIET_SHARE = 0.1;

function cpuTimes() {
  let idle = 0;
  let total = 0;
  for (const { times } of os.cpus()) {
    idle += times.idle;
    total += times.idle + times.user + times.nice + times.sys + times.irq;
  }
  return { idle, total };
}

/** Share of all cores that others keep busy, asked while we do nothing: the load average forgets too slowly. */
export async function busyShare() {
  const before = cpuTimes();
  await sleep(BUSY_SAMPLE_MS);
  const after = cpuTimes();
  return 1 - (after.idle - before.idle) / Math.max(1, after.total - before.total);
}

export function isQuiet(share) {
  return share <= QUIET_SHARE;
}

export function loadAverage() {
  return os.loadavg()[0];
}

function output(command, args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined; // not on this machine, which the report then says
  }
}

function peerVersions() {
  const names = new Set(candidates.filter((each) => each.group === 'peer').map((each) => each.package));
  const version = (name) =>
    JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
  return Object.fromEntries([...names].map((name) => [name, version(name)]));
}

/** What the numbers depend on. */
export function describeMachine(node) {
  const root = new URL('../../', import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  return {
    node: output(node, ['--version']),
    python: output('python3', ['--version'])?.replace('Python ', '') ?? 'none',
    offloop: `${version} (${output('git', ['-C', root.pathname, 'describe', '--always', '--dirty']) ?? 'no git'})`,
    peers: peerVersions(),
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memory: os.totalmem(),
    platform: `${os.type()} ${os.arch()}`,
  };
}
