import { fileURLToPath } from 'node:url';
import { candidate } from '../candidates/index.mjs';
import { Session } from './session.mjs';

const ROOT = new URL('../../', import.meta.url);
const REASON_LENGTH = 240;

/**
 * Takes turns: A B C D, A B C D, … so that whatever changes on the machine meanwhile changes for all of them.
 * An entry that fails is left out from then on and keeps its reason; numbers of `warmUp` rounds are thrown away.
 *
 * @returns for each name `{ fields: { value: [one per round], … } }` or `{ unavailable }`
 */
export async function interleave(names, { rounds, warmUp = 0 }, once) {
  const results = Object.fromEntries(names.map((name) => [name, { fields: {} }]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of names) {
      if (results[name].unavailable !== undefined) continue;
      try {
        const numbers = await once(name);
        if (round >= 0)
          for (const [field, value] of Object.entries(numbers)) (results[name].fields[field] ??= []).push(value);
      } catch (error) {
        results[name] = { unavailable: shortened(error.message) };
      }
    }
  }
  return results;
}

/** A reason fit for a table: one line, and no paths of the machine it ran on. */
function shortened(reason) {
  const line = reason.trim().split('\n', 1)[0].replaceAll(ROOT.href, '').replaceAll(fileURLToPath(ROOT), '');
  return line.length > REASON_LENGTH ? `${line.slice(0, REASON_LENGTH)}…` : line;
}

/** Interleaves rounds in processes that stay: opened once, warm, asked in turns. */
async function inStandingSessions(measure, shape, node) {
  const sessions = new Map();
  const drive = measure.drive ?? ((session) => session.round());
  try {
    return await interleave(shape.candidates ?? measure.candidates, shape, async (id) => {
      if (!sessions.has(id)) {
        const session = new Session({ measure, candidate: candidate(id), shape, node });
        sessions.set(id, session);
        await session.ready();
      }
      return drive(sessions.get(id), shape);
    });
  } finally {
    await Promise.all([...sessions.values()].map((session) => session.close()));
  }
}

/** Interleaves rounds that each get a process of their own: for whatever a first round would spoil for the second. */
function inFreshSessions(measure, shape, node) {
  return interleave(shape.candidates ?? measure.candidates, shape, async (id) => {
    const session = new Session({ measure, candidate: candidate(id), shape, node });
    try {
      await session.ready();
      return await session.round();
    } finally {
      await session.close();
    }
  });
}

/** Runs a measure: `{ [shape]: { [candidate]: { fields } | { unavailable } } }`. */
export async function run(measure, { node, quick, log }) {
  const results = {};
  for (const shape of measure.shapes(quick)) {
    log(`  ${shape.name}`);
    if (measure.collect !== undefined) results[shape.name] = await measure.collect(shape, { measure, node });
    else if (measure.fresh) results[shape.name] = await inFreshSessions(measure, shape, node);
    else results[shape.name] = await inStandingSessions(measure, shape, node);
  }
  return results;
}
