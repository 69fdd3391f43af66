/**
 * The process a candidate is measured in: `node child.mjs MEASURE CANDIDATE SHAPE`. Nobody else's threads, heap or
 * compiled code are in here. Commands come as lines on stdin, answers leave as marked JSON lines on stdout:
 *
 *   (start)  → {"ready": true}     the candidate's pool is open
 *   round    → {"value": …, …}     numbers, one round
 *   close    → the process ends
 *   any      → {"unavailable": …}  it cannot take part, and why
 */
import { createInterface } from 'node:readline';
import { candidate as find } from '../candidates/index.mjs';

const MARK = '@@ ';
const [file, candidateId, shapeText] = process.argv.slice(2);
const shape = JSON.parse(shapeText);
const candidate = find(candidateId);
const { inChild } = await import(`../measures/${file}`);

function answer(message) {
  process.stdout.write(`${MARK}${JSON.stringify(message)}\n`);
}

function reasonOf(error) {
  if (error instanceof Error) return error.name === 'Unavailable' ? error.message : `${error.name}: ${error.message}`;
  return String(error);
}

async function attempt(step) {
  try {
    answer(await step());
  } catch (error) {
    // What went wrong is the measure's result, and its trace belongs on the screen of whoever runs it.
    answer({ unavailable: reasonOf(error) });
    if (error?.name !== 'Unavailable') console.error(error);
  }
}

let subject;
await attempt(async () => {
  subject = inChild.open === undefined ? await candidate.open(shape) : await inChild.open(candidate, shape);
  return { ready: true };
});

for await (const command of createInterface({ input: process.stdin })) {
  if (command === 'close') break;
  await attempt(() => inChild.round(subject, shape, candidate));
}
if (subject !== undefined) await (inChild.close === undefined ? subject.close() : inChild.close(subject));
process.exit(0);
