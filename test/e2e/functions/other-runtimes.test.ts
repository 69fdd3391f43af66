import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bun, deno } from '../../fixtures/functions/other-runtimes.js';
import { Project } from '../../fixtures/functions/project.js';

const timeout = 60_000;

const STRUCTURED = `
  import { Queue, run, sleep, taskGroup, timeout } from 'offloop';
  await run(async () => {
    const queue = new Queue({ maxSize: 1 });
    const got = [];
    await taskGroup(async (group) => {
      group.createTask(async () => { for (let n = 0; n < 3; n += 1) { await sleep(1); await queue.put(n); } });
      group.createTask(async () => { for (let n = 0; n < 3; n += 1) got.push(await queue.get()); });
    });
    console.log(got.join());
    await timeout(5, () => sleep(60_000)).catch((error) => console.log(error.name));
    let cleaned = false;
    await taskGroup(async (group) => {
      group.createTask(async () => { try { await sleep(60_000); } finally { cleaned = true; } });
      await sleep(0);
      throw new Error('out');
    }).catch((error) => console.log(error.message, cleaned));
  });
`;

const POOL = `
  import { ProcessPoolExecutor, ThreadPoolExecutor, transfer } from 'offloop';
  import * as tasks from './tasks.js';
  const show = async (value) => {
    try { console.log(JSON.stringify(await value())); } catch (error) { console.log(error.code ?? error.name, error.message); }
  };
  const offset = 1;
  const bytes = new Uint8Array(100_000);
  const words = new Int32Array(new SharedArrayBuffer(4));
  const pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  await show(() => pool.submit((x) => x * 2, 2));
  await show(() => pool.submit(tasks.triple, 2));
  await show(() => pool.submit(({ list, map }) => [list.length, map.get('a')], { list: [1, 2], map: new Map([['a', 1]]) }));
  await show(async () => [await pool.submit(tasks.size, transfer(bytes, [bytes.buffer])), bytes.byteLength]);
  await show(async () => [await pool.submit(tasks.store, words), words[0]]);
  await show(async () => { const all = []; for await (const x of pool.map((x) => x * x, [1, 2, 3])) all.push(x); return all; });
  await show(async () => { const all = []; for await (const x of pool.stream(function* (n) { while (n--) yield n; }, 3)) all.push(x); return all; });
  await show(() => pool.submit(tasks.nested, 5));
  await show(() => pool.submit((x) => x, 1).resultSync());
  await show(() => pool.submit(() => { throw new RangeError('too far'); }));
  await show(() => pool.submit(tasks.exits));
  await show(async () => {
    const started = new Int32Array(new SharedArrayBuffer(4));
    const endless = pool.submit(tasks.endless, started);
    while (started[0] === 0) await new Promise((resolve) => setImmediate(resolve));
    endless.cancel();
    return endless.then(() => 'no end', (error) => error.name);
  });
  await show(async () => (await Promise.all(Array.from({ length: 5000 }, (_, n) => pool.submit(tasks.triple, n)))).at(-1));
  await show(() => pool.submit((x) => x + offset, 2));
  await show(() => pool.submit((x) => setTimeout(x), 2));
  await show(() => new ProcessPoolExecutor().submit((x) => x, 1));
  await pool.shutdown();
  console.log('end');
`;

const TASKS = `
  import { task, ThreadPoolExecutor } from 'offloop';
  const here = import.meta.url;
  export const triple = task(here, function triple(x) { return x * 3; });
  export const size = task(here, function size(bytes) { return bytes.length; });
  export const store = task(here, function store(words) { return Atomics.store(words, 0, 42); });
  export const exits = task(here, function exits() { process.exit(3); });
  export const endless = task(here, function endless(started) { Atomics.store(started, 0, 1); for (;;); });
  export const nested = task(here, async function nested(x) {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    try { return await pool.submit(triple, x); } finally { await pool.shutdown(); }
  });
`;

const EXPECTED = [
  '4',
  '6',
  '[2,1]',
  '[100000,0]',
  '[42,42]',
  '[1,4,9]',
  '[2,1,0]',
  '15',
  '1',
  'RangeError too far',
  /^ERR_OFFLOOP_WORKER_LOST .*code 3/,
  '"CancelledError"',
  '14997',
  /^ERR_OFFLOOP_CAPTURE .*`offset`.* task\(import\.meta\.url, fn\)\.$/,
  /^ERR_OFFLOOP_CAPTURE .*`setTimeout`.* globalThis\.setTimeout\.$/,
  /^ERR_OFFLOOP_UNSUPPORTED_RUNTIME .*ThreadPoolExecutor/,
  'end',
] as const;

describe('another runtime', { concurrency: 1 }, () => {
  for (const [name, runtime] of [
    ['Bun', bun()],
    ['Deno', deno()],
  ] as const) {
    const skip = runtime === undefined && `npm i --no-save --prefix .cache/${name.toLowerCase()} ${name.toLowerCase()}`;

    it(`${name} has tasks, task groups, time limits and queues`, { timeout, skip }, async () => {
      using project = new Project({ 'main.js': STRUCTURED });
      const ending = await project.run([...(runtime?.args ?? []), 'main.js'], { node: runtime?.path ?? '' });
      assert.deepEqual(ending.stdout.trim().split('\n'), ['0,1,2', 'TimeoutError', 'out true'], ending.stderr);
      assert.equal(ending.code, 0);
    });

    it(`${name} has thread pools, and says what it has not`, { timeout, skip }, async () => {
      using project = new Project({ 'main.js': POOL, 'tasks.js': TASKS });
      const ending = await project.run([...(runtime?.args ?? []), 'main.js'], { node: runtime?.path ?? '' });
      const lines = ending.stdout.trim().split('\n');
      for (const [index, expected] of EXPECTED.entries())
        if (typeof expected === 'string') assert.equal(lines[index], expected, ending.stderr);
        else assert.match(lines[index] ?? '', expected, ending.stderr);
      assert.equal(ending.code, 0);
    });
  }
});
