import { setTimeout as sleep } from 'node:timers/promises';
import { candidate, THREAD_POOLS } from '../candidates/index.mjs';
import { Unavailable } from '../candidates/unavailable.mjs';
import { limit } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { keepInFlight } from '../harness/in-flight.mjs';
import { threadTimes } from '../harness/process-cpu.mjs';
import { interleave } from '../harness/rounds.mjs';
import { Session } from '../harness/session.mjs';

export const measure = {
  id: 'P8',
  title: 'An idle pool of 4 workers, for a minute',
  note:
    'All threads of the process of a warm pool that has nothing to do, seen from outside (/proc), all candidates at' +
    ' the same time. V8 tidies the heap of each thread for up to 80 s after its last task, whoever started the thread:' +
    ' that time is waited out.',
  candidates: [...THREAD_POOLS, 'bare'],
  shapes: (quick) => [
    {
      name: 'idle',
      workers: 4,
      minWorkers: 4,
      settleMs: quick ? 200 : 90_000,
      watchMs: quick ? 500 : 60_000,
      rounds: 1,
    },
  ],
  format: { value: FORMATS.ms, wakeUps: (value) => value.toFixed(0), threads: (value) => value.toFixed(0) },
  labels: { value: 'CPU a minute', wakeUps: 'wake-ups a minute', threads: 'threads' },
  bars: [
    limit({ text: 'CPU ≤ 1 ms a minute', better: 'lower', limit: 1, format: FORMATS.ms }),
    limit({ text: 'no wake-ups', better: 'lower', limit: 0, field: 'wakeUps', format: (value) => value.toFixed(0) }),
  ],
  collect,
};

/** Not in turns but side by side: idle pools do not disturb each other, and it takes a tenth of the time. */
async function collect(shape, { node, measure }) {
  const sessions = new Map();
  const minutes = shape.watchMs / 60_000;
  try {
    for (const id of measure.candidates)
      sessions.set(id, new Session({ measure, candidate: candidate(id), shape, node }));
    const warm = await interleave([...sessions.keys()], { rounds: 1 }, async (id) => {
      await sessions.get(id).ready();
      return sessions.get(id).round();
    });
    await sleep(shape.settleMs);
    const before = new Map([...sessions].map(([id, session]) => [id, read(warm[id], session)]));
    await sleep(shape.watchMs);
    return await interleave([...sessions.keys()], { rounds: 1 }, (id) => {
      if (warm[id].unavailable !== undefined) throw new Unavailable(warm[id].unavailable);
      const now = read(warm[id], sessions.get(id));
      if (now === undefined) throw new Unavailable('there is no /proc here');
      const since = before.get(id);
      return {
        value: (now.cpuMs - since.cpuMs) / minutes,
        wakeUps: (now.wakeUps - since.wakeUps) / minutes,
        threads: now.threads,
      };
    });
  } finally {
    await Promise.all([...sessions.values()].map((session) => session.close()));
  }
}

function read(warm, session) {
  return warm.unavailable === undefined ? threadTimes(session.pid) : undefined;
}

export const inChild = {
  async round(pool, shape) {
    await keepInFlight(() => pool.run('burn', 1e6), 2 * shape.workers, 8 * shape.workers);
    return { value: 1 };
  },
};
