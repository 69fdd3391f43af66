import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run bench -- [P1 P3 …] [options]

  P1 … P16      only these measures; all of them without
  --quick       tiny counts: proves that everything runs, says nothing about speed
  --node PATH   measures under another Node
  --report      writes RESULTS.md again from the last results, measures nothing
  --help`;

/** @throws TypeError for an option or a measure there is not, with the usage as what to do */
export function readOptions(args, measures) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        report: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        node: { type: 'string', default: process.execPath },
      },
    });
  } catch (cause) {
    throw new TypeError(`${cause.message}\n\n${USAGE}`, { cause });
  }
  const wanted = parsed.positionals.map((name) => name.toUpperCase());
  const unknown = wanted.find((id) => !measures.some((measure) => measure.id === id));
  if (unknown !== undefined) throw new TypeError(`There is no measure ${unknown}.\n\n${USAGE}`);
  return { ...parsed.values, measures: measures.filter(({ id }) => wanted.length === 0 || wanted.includes(id)) };
}
