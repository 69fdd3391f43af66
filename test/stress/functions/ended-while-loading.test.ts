import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodes } from '../../fixtures/functions/other-runtimes.js';
import { Project } from '../../fixtures/functions/project.js';

const ROUNDS = 60;

/** A worker that has compiled some functions reads the source map of the next one's file; it is ended while it does so. */
const MAIN = `
import { ThreadPoolExecutor } from 'offloop';
import { warmUp } from './plain.js';
const add = 5;
const clock = new Int32Array(new SharedArrayBuffer(4));
let ended = 0;
for (let round = 0; round < ${ROUNDS}; round += 1) {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await warmUp(pool);
  const job = pool.submit((x) => x + add, round);
  Atomics.wait(clock, 0, 0, round % 20);
  await pool.terminate();
  await Promise.allSettled([job]);
  ended += 1;
}
console.log(ended);
`;
const PLAIN = `
const jobs = [(x) => x + 1, (x) => x + 2, (x) => x + 3, (x) => x + 4];
export async function warmUp(pool) {
  for (const job of jobs) await pool.submit(job, 1);
}
`;

// Node makes URLs of the sources, one by one, in JavaScript: that takes some milliseconds.
const sources = Array.from({ length: 5_000 }, (_, index) => `part-${index}.ts`);
const map = { version: 3, sources, names: [], mappings: ';AAAA'.repeat(50) };
const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;

describe('a worker that is ended while it loads a function', () => {
  for (const { name, path } of nodes()) {
    it(`does not take the program along where stacks are mapped (${name})`, { timeout: 120_000 }, async () => {
      using project = new Project({ 'main.js': `${MAIN}\n//# sourceMappingURL=${url}\n`, 'plain.js': PLAIN });
      const { code, stdout, stderr } = await project.run(['--enable-source-maps', 'main.js'], { node: path });
      assert.deepEqual({ code, stdout: stdout.trim() }, { code: 0, stdout: String(ROUNDS) }, stderr);
    });
  }
});
