import { readdirSync, writeFileSync } from 'node:fs';
import { candidate } from '../candidates/index.mjs';
import { VERDICTS } from './bars.mjs';
import { isQuiet } from './machine.mjs';
import { load } from './results.mjs';
import { median } from './statistics.mjs';

const TARGET = new URL('../RESULTS.md', import.meta.url);

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** One row for each bar: what must be, what was measured, the verdict. All of it computed from the runs. */
export function barRows(measures, runs) {
  return measures.flatMap((measure) => {
    const run = runs.find(({ id }) => id === measure.id);
    return measure.bars.map((bar) => {
      const judged = run === undefined ? { measured: '–', verdict: 'not run', why: '' } : bar.judge(run.results);
      const noise = run !== undefined && !isQuiet(run.busyBefore) ? ' ⚠' : '';
      return [measure.id, measure.title, bar.text, judged.measured + noise, judged.verdict, judged.why];
    });
  });
}

const HEAD = ['', 'measure', 'bar', 'measured', 'verdict', 'where'];

function spread(values, format) {
  if (values.length === 1) return '';
  return ` (${format(Math.min(...values))} … ${format(Math.max(...values))})`;
}

function detailRow(id, result, measure) {
  const fields = Object.keys(measure.format);
  if (result.unavailable !== undefined)
    return [candidate(id).label, `– ${result.unavailable}`, ...fields.slice(1).map(() => '')];
  const cells = fields.map((field, i) => {
    const values = result.fields[field];
    if (values === undefined) return '';
    const format = measure.format[field];
    return `${i === 0 ? `**${format(median(values))}**` : format(median(values))}${i === 0 ? spread(values, format) : ''}`;
  });
  return [candidate(id).label, ...cells];
}

function details(measure, run) {
  const head = ['', ...Object.keys(measure.format).map((field) => measure.labels?.[field] ?? 'median (least … most)')];
  const shapes = Object.entries(run.results).map(([name, row]) => {
    const rows = Object.entries(row).map(([id, result]) => detailRow(id, result, measure));
    return `**${name}**\n\n${table(head, rows)}`;
  });
  const about = `Ran ${run.at.slice(0, 16).replace('T', ' ')} UTC in ${Math.round(run.seconds)} s, offloop ${run.machine.offloop}; load ${run.load.map((x) => x.toFixed(2)).join(' → ')}, others kept ${Math.round(run.busyBefore * 100)} % of the cores busy before it.`;
  return [`#### ${measure.id} ${measure.title}`, measure.note, about, ...shapes].filter(Boolean).join('\n\n');
}

function section(measures, runs) {
  const { machine } = runs[0];
  const loud = runs.filter(({ busyBefore }) => !isQuiet(busyBefore)).map(({ id }) => id);
  const peers = Object.entries(machine.peers).map(([name, version]) => `${name} ${version}`);
  return [
    `## Node ${machine.node.slice(1)}`,
    `${machine.cpu}, ${machine.cores} cores, ${Math.round(machine.memory / 2 ** 30)} GB, ${machine.platform}; ${peers.join(', ')}; Python ${machine.python}.`,
    loud.length > 0 ? `⚠ The machine was not quiet before ${loud.join(', ')}: do not trust those numbers.` : '',
    table(HEAD, barRows(measures, runs)),
    ...measures.flatMap((measure) => {
      const run = runs.find(({ id }) => id === measure.id);
      return run === undefined ? [] : [details(measure, run)];
    }),
  ]
    .filter(Boolean)
    .join('\n\n');
}

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench\`; see [README.md](README.md) for how it measures. Medians of interleaved rounds, ratios of the
same round. Speeds are of this machine, ratios travel better.`;

/** Writes RESULTS.md from whatever has been run. */
export function writeReport(measures) {
  const files = readdirSync(new URL('../results/', import.meta.url)).filter((name) => name.endsWith('.jsonl'));
  const nodes = files.map((name) => Number(/\d+/.exec(name)?.[0])).sort((a, b) => a - b);
  const sections = nodes.map((major) => section(measures, load(`v${major}`, false)));
  writeFileSync(TARGET, `${[INTRODUCTION, ...sections].join('\n\n')}\n`);
}

/** Prints the bars of one Node's runs, for people at a terminal. */
export function printBars(measures, node, quick) {
  const runs = load(node, quick);
  for (const [id, , bar, measured, verdict, why] of barRows(measures, runs)) {
    console.log(
      `${id.padEnd(4)} ${measured.padEnd(12)} ${plain(verdict).padEnd(18)} ${bar}${why === '' ? '' : `  (${why})`}`,
    );
  }
}

function plain(verdict) {
  return verdict === VERDICTS.missed ? 'MISSED' : verdict;
}
