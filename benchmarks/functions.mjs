// P13: what it costs to find out how a function goes to a worker, on the caller's thread.
//
//   node benchmarks/functions.mjs
//
// Reports medians of interleaved rounds, in microseconds a call. Bars: a new closure with captures <= 250 µs; a function
// seen before within 10 % of a named one.
import { ThreadPoolExecutor } from '../dist/index.js';
import { describeFunction } from '../build/src/functions/describe.js';
import { FunctionLoader } from '../build/src/functions/loader.js';

const ROUNDS = 15;
const CALLS = 400;
const offset = 3;
const table = { rows: [1, 2, 3] };
const scale = (x) => x * offset;
function named(x) {
  return x;
}
function withCaptures(n, text) {
  const list = [n];
  return (x) => scale(x) + n + list.length + text.length + table.rows.length;
}

const first = process.hrtime.bigint();
describeFunction((x) => scale(x) + table.rows.length);
console.log(`first function of the process: ${(Number(process.hrtime.bigint() - first) / 1e6).toFixed(1)} ms, once`);

const loader = new FunctionLoader();
const seen = withCaptures(1, 'seen');
const captured = describeFunction(withCaptures(2, 'load'));
let counter = 0;
const mutable = () => counter;
const cases = {
  'new closure, captures nothing': () => describeFunction((x) => scale(x)),
  'new closure with four captures': () => describeFunction(withCaptures(counter, 'text')),
  'seen before: named function': () => describeFunction(named),
  'seen before: closure with captures': () => describeFunction(seen),
  'seen before, captures a variable that changes': () => describeFunction(mutable),
  'worker side: instantiate a closure': () => loader.load(captured.definition, captured.captured),
};

function measure(run) {
  const start = process.hrtime.bigint();
  for (let call = 0; call < CALLS; call += 1) {
    counter += 1;
    run();
  }
  return Number(process.hrtime.bigint() - start) / 1000 / CALLS;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

const results = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1)
  for (const [name, run] of Object.entries(cases)) results[name].push(measure(run));
for (const [name, values] of Object.entries(results)) console.log(`${name.padEnd(48)} ${median(values).toFixed(2)} µs`);

// End to end: the same job, sent as a named function and as a closure seen before.
const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
const add = (
  (n) => (x) =>
    x + n
)(offset);
const trips = { named: [], closure: [] };
for (let round = 0; round < ROUNDS; round += 1)
  for (const [name, fn] of [
    ['named', named],
    ['closure', add],
  ]) {
    const start = process.hrtime.bigint();
    await Promise.all(Array.from({ length: 2000 }, (_, index) => pool.submit(fn, index).result()));
    trips[name].push(Number(process.hrtime.bigint() - start) / 1000 / 2000);
  }
await pool.shutdown();
console.log(
  `submit and result: named ${median(trips.named).toFixed(2)} µs, closure ${median(trips.closure).toFixed(2)} µs`,
);
