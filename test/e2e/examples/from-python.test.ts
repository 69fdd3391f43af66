import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram, type Ending } from '../exit/run-program.ts';

const timeout = 60_000;

function example(name: string): Promise<Ending> {
  return runProgram(fileURLToPath(new URL(`../../../examples/from-python/${name}.js`, import.meta.url)));
}

function linesOf({ code, stdout, stderr }: Ending): string[] {
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

const STARTING = /^Thread (ThreadPoolExecutor-0_[0-3]): Starting task: (\d+)\.\.\.$/;

function started(lines: readonly string[]): { tasks: number[]; threads: Set<string> } {
  const matches = lines.map((line) => STARTING.exec(line)).filter((match) => match !== null);
  return {
    tasks: matches.map((match) => Number(match[2])).toSorted((a, b) => a - b),
    threads: new Set(matches.map((match) => match[1] as string)),
  };
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('examples from Python', () => {
  it('cpu-bound: four counts, and the loop went on', { timeout }, async () => {
    assert.deepEqual(linesOf(await example('cpu-bound')), [
      '9592 primes below 100000',
      '17984 primes below 200000',
      '25997 primes below 300000',
      '33860 primes below 400000',
      'The loop went on meanwhile.',
    ]);
  });

  it('blocking-library: threads and processes call the library that only blocks', { timeout }, async () => {
    assert.deepEqual(linesOf(await example('blocking-library')), [
      '/default-executor for anybody',
      '/keyword-options for Ada',
      '/partial-application for Grace',
      'from a process: /one for Grace',
      'from a process: /two for Grace',
      'from a process: /three for Grace',
    ]);
  });

  it('calling-back: a thread that blocks gets results of the loop', { timeout }, async () => {
    assert.deepEqual(linesOf(await example('calling-back')), [
      'stored 5, the last as number 5',
      'Map(5) { 1 => 1, 2 => 4, 3 => 9, 4 => 16, 5 => 25 }',
    ]);
  });

  it('debug-mode: the task that held the loop and the failure nobody looked at are named', { timeout }, async () => {
    const { code, stdout, stderr } = await example('debug-mode');
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'done\n' }, stderr);
    assert.match(stderr, /blocker/);
    assert.match(stderr, /Task exception was never retrieved/);
    assert.match(stderr, /nobody looks at me/);
  });

  it('graceful-shutdown: the task cleans up, the work in the pool is finished', { timeout }, async () => {
    assert.deepEqual(linesOf(await example('graceful-shutdown')), [
      'serving',
      'service cleaned up',
      'service cancelled: the program ends',
      'written: record 1',
      'written: record 2',
      'written: record 3',
    ]);
  });

  it('twenty-tasks-to-the-end: all twenty run on four threads, the third fails', { timeout }, async () => {
    const lines = linesOf(await example('twenty-tasks-to-the-end'));
    const { tasks, threads } = started(lines);
    assert.deepEqual(tasks, range(20));
    assert.deepEqual(
      [...threads].toSorted(),
      range(4).map((i) => `ThreadPoolExecutor-0_${i}`),
    );
    assert.deepEqual(
      lines.filter((line) => line.startsWith('Task ')),
      range(20).map((i) => (i === 2 ? 'Task 2 failed: Boom!' : `Task ${i} returned ${i}`)),
    );
  });

  it('twenty-tasks: after the failure of the third nothing more starts', { timeout }, async () => {
    const { code, stdout, stderr } = await example('twenty-tasks');
    assert.equal(code, 1);
    assert.match(stderr, /Error: Boom!/);
    assert.match(stderr, /executeHello/);
    const { tasks } = started(stdout.trimEnd().split('\n'));
    // The first round, and those of the second that started before the third task had failed.
    assert.deepEqual(tasks, range(tasks.length));
    assert.ok(tasks.length >= 4 && tasks.length <= 8, `${tasks.length} tasks started`);
    assert.doesNotMatch(stdout, /\[/, 'no results are printed');
  });
});
