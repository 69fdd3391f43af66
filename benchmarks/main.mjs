/** `npm run bench`: measures offloop against its peers, writes RESULTS.md. */
import { install } from './harness/install.mjs';
import { busyShare, describeMachine, isQuiet, loadAverage } from './harness/machine.mjs';
import { readOptions, USAGE } from './harness/options.mjs';
import { printBars, writeReport } from './harness/report.mjs';
import { save } from './harness/results.mjs';
import { run } from './harness/rounds.mjs';
import { loadMeasures } from './measures/index.mjs';

function log(line) {
  console.error(line);
}

async function runOne(measure, machine, options) {
  const busyBefore = await busyShare();
  const loadBefore = loadAverage();
  log(`${measure.id} ${measure.title}`);
  if (!isQuiet(busyBefore)) log(`  ⚠ others keep ${Math.round(busyBefore * 100)} % of the cores busy`);
  const start = performance.now();
  const results = await run(measure, { ...options, log });
  const seconds = (performance.now() - start) / 1000;
  log(`  ${seconds.toFixed(1)} s`);
  const at = new Date().toISOString();
  save({ id: measure.id, at, seconds, busyBefore, load: [loadBefore, loadAverage()], machine, results }, options.quick);
}

async function main() {
  // Node 20 reads these certificates whenever it starts, which takes longer than all else it does then. A library whose
  // children inherit no environment would be measured without them.
  delete process.env.NODE_EXTRA_CA_CERTS;
  const all = await loadMeasures();
  const options = readOptions(process.argv.slice(2), all);
  if (options.help) {
    console.log(USAGE);
    return;
  }
  if (!options.report) {
    install(log);
    const machine = describeMachine(options.node);
    if (machine.node === undefined) throw new TypeError(`--node ${options.node} does not run.\n\n${USAGE}`);
    for (const measure of options.measures) await runOne(measure, machine, options);
    printBars(options.measures, machine.node, options.quick);
  }
  if (!options.quick) writeReport(all);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof TypeError ? error.message : error);
  process.exitCode = 2;
}
