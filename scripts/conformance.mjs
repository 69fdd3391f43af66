// Writes docs/conformance.md: runs the conformance tests and lists those whose title starts with the id of a case, with
// how they ended, then the cases left out and why. `--check` fails when the page is not what it would write.
// Build first.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { LEFT_OUT } from './conformance-left-out.mjs';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs', 'conformance.md');
const folder = join(root, 'build', 'test', 'conformance');
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const TITLE = /^((?:AIO|CF|THR|NODE)(?:-[A-Z]+)?-\d{3})\s+(.+)$/s;

/** Titles a row shows; some cases are tried with dozens of values. */
const MOST_TITLES = 3;

const GROUPS = {
  'CF-FUT': 'concurrent.futures.Future',
  'CF-EXEC': 'Executor',
  'CF-MAP': 'Executor.map',
  'CF-TPE': 'ThreadPoolExecutor',
  'CF-INIT': 'Initializers and broken pools',
  'CF-SHUT': 'Executor.shutdown and the end of the program',
  'CF-PPE': 'ProcessPoolExecutor',
  'CF-CRASH': 'Crashes',
  'CF-WAIT': 'concurrent.futures.wait',
  'CF-ASC': 'concurrent.futures.as_completed',
  'CF-IPE': 'InterpreterPoolExecutor',
  'AIO-FUT': 'asyncio.Future',
  'AIO-TASK': 'Tasks',
  'AIO-CANC': 'Cancelling tasks',
  'AIO-CTX': 'Context variables',
  'AIO-EAGER': 'Eager tasks',
  'AIO-WAIT': 'asyncio.wait',
  'AIO-ASC': 'asyncio.as_completed',
  'AIO-GATHER': 'gather',
  'AIO-SHIELD': 'shield',
  'AIO-SLEEP': 'sleep',
  'AIO-WF': 'wait_for',
  'AIO-TMO': 'timeout',
  'AIO-TG': 'TaskGroup',
  'AIO-LOCK': 'Lock',
  'AIO-EVT': 'Event',
  'AIO-COND': 'Condition',
  'AIO-SEM': 'Semaphore',
  'AIO-BAR': 'Barrier',
  'AIO-Q': 'Queue',
  'AIO-QSD': 'Queue.shutdown',
  'AIO-RUN': 'run and Runner',
  'AIO-EXEC': 'run_in_executor',
  'AIO-THR': 'to_thread',
  'AIO-RCT': 'run_coroutine_threadsafe',
  'AIO-LOOP': 'The loop',
  'AIO-DBG': 'Debug mode and error reports',
  'AIO-GRAPH': 'Call graph',
  'THR-THREAD': 'threading.Thread',
  'THR-LOCK': 'threading.Lock, RLock',
  'THR-SYNC': 'threading.Condition, Semaphore, Event, Barrier',
  NODE: 'What Python has no test for',
};

/** Runs the conformance tests. Returns what each test with an id said of itself. */
async function runTests() {
  const files = readdirSync(folder, { recursive: true })
    .filter((file) => /\.test\.[cm]?js$/.test(file))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .sort(byName)
    .map((file) => join(folder, file));
  const reporter = join(import.meta.dirname, 'conformance-reporter.mjs');
  const child = spawn(
    process.execPath,
    [
      '--test',
      '--test-concurrency=2',
      '--test-timeout=120000',
      '--expose-gc',
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
      ...files,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_ENV: 'test' } },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

function casesOf(tests) {
  const cases = new Map();
  for (const { name, file, skipped } of tests) {
    const [, id, title] = TITLE.exec(name) ?? [];
    if (id === undefined) continue;
    const known = cases.get(id) ?? { titles: new Set(), files: new Set(), skipped: true };
    known.titles.add(title);
    if (file !== undefined) known.files.add(relative(join(root, 'build'), file).replace(/\.js$/, '.ts'));
    known.skipped &&= skipped;
    cases.set(id, known);
  }
  return cases;
}

const byName = (a, b) => (a < b ? -1 : 1);
const groupOf = (id) => id.replace(/-\d+$/, '');
const cell = (text) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

function render(cases) {
  const contradicting = Object.keys(LEFT_OUT).filter((id) => cases.has(id));
  if (contradicting.length > 0) throw new Error(`Listed as left out, but tested: ${contradicting.join(', ')}`);
  const lines = [
    '# Conformance',
    '',
    "What CPython's own tests ask of `asyncio`, `concurrent.futures` and `threading`, and which test here holds it. The",
    'titles say what this library does. Written by `node scripts/conformance.mjs` from a run of the tests, all of which',
    'passed.',
    '',
    `${cases.size} cases are tested, ${Object.keys(LEFT_OUT).length} are left out, with the reason.`,
  ];
  for (const [group, title] of Object.entries(GROUPS)) {
    const ids = [...cases.keys()].filter((id) => groupOf(id) === group).sort(byName);
    const left = Object.keys(LEFT_OUT).filter((id) => groupOf(id) === group);
    if (ids.length + left.length === 0) continue;
    lines.push('', `## ${group}: ${title}`, '');
    if (ids.length > 0) lines.push('| case | what holds | test |', '|---|---|---|');
    for (const id of ids) {
      const { titles, files, skipped } = cases.get(id);
      const shown = [...titles].slice(0, MOST_TITLES).map(cell);
      const more = titles.size - shown.length;
      const what = `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
      const where = [...files].map((file) => `\`${file.replace('test/conformance/', '')}\``).join(', ');
      lines.push(`| ${id} | ${what}${skipped ? ' *(skipped in this run)*' : ''} | ${where} |`);
    }
    if (left.length > 0) lines.push('', '| left out | why |', '|---|---|');
    for (const id of left.sort(byName)) lines.push(`| ${id} | ${cell(LEFT_OUT[id])} |`);
  }
  return `${lines.join('\n')}\n`;
}

const tests = await runTests();
// A file that does not load has no cases to show: nothing may fail at all.
const failed = tests.filter(({ passed, skipped }) => !passed && !skipped).map(({ name }) => name);
if (failed.length > 0) {
  console.error(`Not written: these fail\n  ${failed.join('\n  ')}`);
  process.exit(1);
}
const text = render(casesOf(tests));
if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/conformance.md is not what the tests say: run `node scripts/conformance.mjs`');
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, text);
  console.log(`${relative(root, page)} written`);
}
