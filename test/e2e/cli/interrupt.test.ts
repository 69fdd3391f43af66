import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FIXTURES, printed, startCli, STDIN_STAYS_OPEN, Workspace, type RunningCli } from './cli.js';

const gated = join(FIXTURES, 'gated.ts');
const names = Array.from({ length: 12 }, (_, n) => `${String(n).padStart(2, '0')}.bin`);
const files = { 'gates/.keep': '', ...Object.fromEntries(names.map((name) => [`in/${name}`, `content of ${name}`])) };

interface GatedRun extends RunningCli {
  /** The inputs whose handlers are at work: the first two that were read, in no certain order. */
  readonly started: readonly string[];
}

/** A run with two handlers that are at work and will not end by themselves. */
async function startGated(space: Workspace): Promise<GatedRun> {
  const running = startCli(['map', gated, 'in', '--out', 'out', '--workers', '2'], space.root);
  let started: string[] = [];
  while (started.length < 2) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const files = await space.files('gates');
    started = files.filter((name) => name.startsWith('started-')).map((name) => name.slice('started-'.length));
  }
  return { ...running, started };
}

describe('Ctrl-C', { skip: process.platform === 'win32' && 'there are no such signals' }, () => {
  it('once: what runs may end, nothing new starts, exit code 130', async () => {
    await using space = await Workspace.create(files);
    const { child, ended, started } = await startGated(space);
    const stopping = printed(child, /Stopping: nothing new starts/);
    child.kill('SIGINT');
    await stopping;
    await writeFile(space.path('gates/open'), '');
    const { code, stderr } = await ended;
    assert.equal(code, 130);
    assert.match(stderr, /Stopped: 2 done, 10 not done in/);
    assert.deepEqual(await space.files('out'), started);
    for (const name of started) assert.equal(await space.read(`out/${name}`), `content of ${name}`);
  });

  it('twice: what runs is cancelled, and nothing half-written stays', async () => {
    await using space = await Workspace.create(files);
    const { child, ended } = await startGated(space);
    const stopping = printed(child, /Stopping/);
    child.kill('SIGINT');
    await stopping;
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    assert.equal(code, 130);
    assert.match(stderr, /Stopped: 0 done, 12 not done in/);
    assert.deepEqual(await space.files('out'), []);
  });

  it('SIGTERM cancels at once, with exit code 143', async () => {
    await using space = await Workspace.create(files);
    const { child, ended } = await startGated(space);
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    assert.equal(code, 143, stderr);
    assert.deepEqual(await space.files('out'), []);
  });

  it('ends a run that waits for a line of standard input', async () => {
    await using space = await Workspace.create({});
    const running = startCli(['map', join(FIXTURES, 'describe.ts'), '-'], space.root, STDIN_STAYS_OPEN);
    running.child.stdin?.write('one\n');
    await new Promise((resolve) => running.child.stdout?.once('data', resolve));
    running.child.kill('SIGINT');
    const { code } = await running.ended;
    assert.equal(code, 130);
  });
});

describe('a reader that goes away', () => {
  it('ends the run quietly', async () => {
    await using space = await Workspace.create({});
    const lines = Array.from({ length: 5000 }, (_, n) => `${n}`.repeat(50)).join('\n');
    const { child, ended } = startCli(['map', join(FIXTURES, 'describe.ts'), '-'], space.root, lines);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, stderr } = await ended;
    assert.equal(code, 141);
    assert.equal(stderr, '');
  });
});
