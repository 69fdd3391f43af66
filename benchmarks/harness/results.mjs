import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

/** The last run of each measure under each major Node: one JSON object a line, in `results/nodeNN.jsonl`. */
const FOLDER = new URL('../results/', import.meta.url);

function fileOf(node, quick) {
  const major = /^v(\d+)/.exec(node)?.[1];
  return new URL(`${quick ? 'quick/' : ''}node${major}.jsonl`, FOLDER);
}

export function load(node, quick) {
  try {
    const lines = readFileSync(fileOf(node, quick), 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Puts one measure's run in the place of the one before. */
export function save(run, quick) {
  const others = load(run.machine.node, quick).filter(({ id }) => id !== run.id);
  const all = [...others, run].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  const file = fileOf(run.machine.node, quick);
  mkdirSync(new URL('.', file), { recursive: true });
  writeFileSync(file, all.map((each) => `${JSON.stringify(each, rounded)}\n`).join(''));
}

/** Six significant digits are more than a measurement holds. */
function rounded(_key, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
