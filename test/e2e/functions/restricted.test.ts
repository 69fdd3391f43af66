import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodes } from '../../fixtures/functions/other-runtimes.js';
import { Project } from '../../fixtures/functions/project.js';

const timeout = 60_000;

const PROGRAM = `
  import { ThreadPoolExecutor, task } from 'offloop';
  import { triple } from './tasks.js';
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const helper = (x) => x + 1;
  let counter = 4;
  counter += 1;
  const show = async (fn, ...args) => {
    try { console.log(await pool.submit(fn, ...args)); } catch (error) { console.log(error.code, error.message); }
  };
  await show(triple, 2);
  await show((x) => x * 2, 2);
  await show((x) => helper(x), 2);
  await show(() => counter, 2);
  await pool.shutdown();
`;
const TASKS = `
  import { task } from 'offloop';
  export const triple = task(import.meta.url, function triple(x) { return x * 3; });
`;

/** As where there is no inspector, such as Bun and Deno. */
const NO_INSPECTOR = `
  import inspector from 'node:inspector';
  inspector.Session = class { constructor() { throw new Error('access denied'); } };
`;

const PERMISSIONS = ['--allow-fs-read=*', '--allow-worker'];
const RUNS = nodes().flatMap(({ name, path, major }) => {
  // Its final name from Node 22.13 on, and the only one from Node 24 on.
  const permission = major >= 22 ? '--permission' : '--experimental-permission';
  return [
    [`without an inspector on ${name}`, path, ['--import', './no-inspector.js']],
    [`with ${permission} on ${name}`, path, [permission, ...PERMISSIONS]],
  ] as const;
});

describe('where a program may not look at itself', { concurrency: 2 }, () => {
  for (const [name, node, flags] of RUNS) {
    it(`${name} reference and source work, and captures say what to do`, { timeout }, async () => {
      using project = new Project({ 'main.js': PROGRAM, 'tasks.js': TASKS, 'no-inspector.js': NO_INSPECTOR });
      const { stdout, stderr } = await project.run([...flags, 'main.js'], { node });
      const [reference, source, helper, captured] = stdout.trim().split('\n');
      assert.deepEqual([reference, source, helper], ['6', '4', '3'], stdout + stderr);
      assert.match(captured ?? '', /ERR_OFFLOOP_CAPTURE .*`counter`.*task\(import\.meta\.url, fn\)/);
    });
  }

  it('an attached debugger is not disturbed: it pauses nowhere and its breakpoints stay', { timeout }, async () => {
    using project = new Project({
      'main.js': `
        import { Worker } from 'node:worker_threads';
        import { once } from 'node:events';
        import { ThreadPoolExecutor } from 'offloop';
        const offset = 1;
        const helper = (x) => x + offset;
        const attached = new Worker(new URL('./debugger.js', import.meta.url));
        await once(attached, 'message');
        const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
        for (let n = 0; n < 3; n += 1) console.log(await pool.submit((x) => helper(x) + n, 1));
        await pool.shutdown();
        attached.postMessage('how often?');
        console.log('paused', ...(await once(attached, 'message')));
        helper(1);
        attached.postMessage('and now?');
        console.log('paused', ...(await once(attached, 'message')));
        await attached.terminate();`,
      'debugger.js': `
        import { parentPort } from 'node:worker_threads';
        import { Session } from 'node:inspector/promises';
        const session = new Session();
        // A session alone does not keep its thread alive.
        setInterval(() => {}, 1000);
        session.connectToMainThread();
        let paused = 0;
        session.on('Debugger.paused', () => { paused += 1; void session.post('Debugger.resume'); });
        await session.post('Debugger.enable');
        await session.post('Debugger.setPauseOnExceptions', { state: 'all' });
        await session.post('Debugger.setBreakpointByUrl', { lineNumber: 5, columnNumber: 30, urlRegex: '.*main.js' });
        parentPort.on('message', () => parentPort.postMessage(paused));
        parentPort.postMessage('ready');`,
    });
    const { code, stdout, stderr } = await project.run(['main.js']);
    assert.equal(stdout.trim(), '2\n3\n4\npaused 0\npaused 1', stderr + String(code));
  });
});
