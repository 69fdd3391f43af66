// Writes docs/conformance.md: runs every test file in which titles start with the id of a case, and lists those, with how
// they ended, then the cases left out and why. `--check` fails when the page is not what it would write. Build first.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { LEFT_OUT } from './conformance-left-out.mjs';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs', 'conformance.md');
const folder = join(root, 'build', 'test');
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const ID = '(?:AIO|CF|THR|NODE)(?:-[A-Z]+)?-\\d{3}';
const TITLE = new RegExp(`^((?:${ID}\\s+)+)(.+)$`, 's');
/** Titles as they stand in a test: a string that begins with ids. */
const WRITTEN = new RegExp(`['"\`](${ID}(?: ${ID})*)\\b`, 'g');

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

/** The test files with ids, and which those are. A test that is declared through a helper does not know its own file. */
function findCases() {
  const found = new Map();
  for (const file of readdirSync(folder, { recursive: true }).sort(byName)) {
    if (!/\.test\.[cm]?js$/.test(file)) continue;
    if (filters.length > 0 && !filters.some((filter) => file.includes(filter))) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    const ids = [...text.matchAll(WRITTEN)].flatMap(([, ids]) => ids.split(' '));
    if (ids.length > 0) found.set(file, new Set(ids));
  }
  return found;
}

/** Runs them. Returns what each test said of itself. */
async function runTests(files) {
  const reporter = join(import.meta.dirname, 'conformance-reporter.mjs');
  const child = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      '--test',
      '--test-concurrency=2',
      '--test-timeout=300000',
      '--expose-gc',
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
      ...files.map((file) => join(folder, file)),
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

function casesOf(tests, found) {
  const cases = new Map();
  for (const { name, skipped } of tests) {
    const [, ids, title] = TITLE.exec(name) ?? [];
    for (const id of ids?.trim().split(/\s+/) ?? []) {
      const known = cases.get(id) ?? { titles: new Set(), skipped: true };
      known.titles.add(title);
      known.skipped &&= skipped;
      cases.set(id, known);
    }
  }
  for (const [id, known] of cases)
    known.files = [...found].filter(([, ids]) => ids.has(id)).map(([file]) => sourceOf(file));
  return cases;
}

/** A test as it is written, without the folder most of them are in. */
function sourceOf(file) {
  return file
    .split(sep)
    .join('/')
    .replace(/^conformance\//, '')
    .replace(/\.([cm]?)js$/, '.$1ts');
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
    'passed. Paths are below `test/`, or `test/conformance/`.',
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
      const where = files.map((file) => `\`${file}\``).join(', ');
      lines.push(`| ${id} | ${what}${skipped ? ' *(skipped in this run)*' : ''} | ${where} |`);
    }
    if (left.length > 0) lines.push('', '| left out | why |', '|---|---|');
    for (const id of left.sort(byName)) lines.push(`| ${id} | ${cell(LEFT_OUT[id])} |`);
  }
  return `${lines.join('\n')}\n`;
}

const found = findCases();
const tests = await runTests([...found.keys()]);
// A file that does not load has no cases to show: nothing may fail at all.
const failed = tests.filter(({ passed, skipped }) => !passed && !skipped).map(({ name }) => name);
if (failed.length > 0) {
  console.error(`Not written: these fail\n  ${failed.join('\n  ')}`);
  process.exit(1);
}
const text = render(casesOf(tests, found));
if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/conformance.md is not what the tests say: run `node scripts/conformance.mjs`');
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, text);
  console.log(`${relative(root, page)} written`);
}
