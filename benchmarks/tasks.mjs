// What a task, a checkpoint, a lock hand-over and a queue item cost, side by side.
// `node benchmarks/tasks.mjs [--rounds N] [--storage] [measure …]`. Each candidate has a process of its own, so that none
// pays for another's garbage or async hooks; their rounds are interleaved. What counts is the median of the CPU time, which
// a busy machine changes less than the clock's. `--storage` puts an `AsyncLocalStorage` of somebody else's into every
// process, as a tracer does. `floor` is no library but what an `await` alone takes with such a storage, which ours has too.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MEASURES } from './tasks/workload.mjs';

const CANDIDATES = ['offloop', 'p-limit', 'p-queue', 'effection', 'effect', 'floor'];
const WARM_UP_ROUNDS = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '9' }, storage: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);

async function start(candidate) {
  const child = fork(join(import.meta.dirname, 'tasks/child.mjs'), [candidate, values.storage ? 'storage' : '']);
  const [{ ways }] = await once(child, 'message');
  return { candidate, child, ways };
}

async function round({ child }, { measure, way }) {
  child.send({ measure, way });
  const [{ us }] = await once(child, 'message');
  return us;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

async function compare(measure, processes) {
  const { title, count } = MEASURES[measure];
  const rows = processes.flatMap((process) =>
    process.ways.filter((way) => way.measure === measure).map((way) => ({ process, way, ns: [] })),
  );
  for (let index = -WARM_UP_ROUNDS; index < rounds; index++) {
    for (const { process, way, ns } of rows) {
      const us = await round(process, way);
      if (index >= 0) ns.push((us * 1000) / count);
    }
  }
  const own = Math.min(...rows.filter((row) => row.process.candidate === 'offloop').map(({ ns }) => median(ns)));
  console.log(`\n${title}`);
  for (const { process, way, ns } of rows) {
    const name = `${process.candidate} ${way.way}`;
    console.log(`  ${name.padEnd(40)} ${median(ns).toFixed(0).padStart(8)} ns  × ${(median(ns) / own).toFixed(2)}`);
  }
}

const setting = values.storage ? ', an AsyncLocalStorage in use' : '';
console.log(`Node ${process.version}, ${rounds} rounds${setting}: ns of CPU each (median), × of offloop's best`);
const processes = await Promise.all(CANDIDATES.map(start));
for (const measure of positionals.length > 0 ? positionals : Object.keys(MEASURES)) await compare(measure, processes);
for (const { child } of processes) child.disconnect();
