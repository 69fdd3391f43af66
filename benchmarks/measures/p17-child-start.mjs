import { readdirSync, readFileSync } from 'node:fs';
import { candidate, PROCESS_POOLS } from '../candidates/index.mjs';
import { against } from '../harness/bars.mjs';
import { FORMATS } from '../harness/format.mjs';
import { check } from '../harness/in-flight.mjs';
import { threadTimes } from '../harness/process-cpu.mjs';

export const measure = {
  id: 'P17',
  title: 'Processes: from a new pool of one to its first result',
  note: 'In a program that has had such a pool before. CPU is what the child has used by then, all its threads.',
  candidates: [...PROCESS_POOLS.filter((id) => candidate(id).group !== 'tuned'), 'fork'],
  shapes: (quick) => [{ name: '1 process', workers: 1, rounds: quick ? 1 : 15, warmUp: quick ? 0 : 2 }],
  format: { value: FORMATS.ms, cpu: FORMATS.ms },
  labels: { value: 'first result', cpu: 'CPU of the child' },
  bars: [
    against({ text: 'no slower than `fork`', ours: 'offloop-processes', ids: ['fork'], better: 'lower', limit: 1 }),
    against({
      text: 'ahead of the best peer',
      ours: 'offloop-processes',
      groups: ['peer'],
      better: 'lower',
      limit: 1,
    }),
  ],
};

export const inChild = {
  open: (one) => one,
  async round(one, shape) {
    const start = performance.now();
    const pool = await one.open(shape);
    check('empty', 7, await pool.run('empty', 7));
    const value = performance.now() - start;
    const cpu = childCpu();
    await pool.close();
    return { value, ...(cpu !== undefined && { cpu }) };
  },
  close: () => undefined,
};

/** CPU time (ms) of the children of this process; `undefined` where there is no /proc. */
function childCpu() {
  if (process.platform !== 'linux') return undefined;
  const children = readdirSync('/proc/self/task').flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  );
  return children.reduce((sum, pid) => sum + threadTimes(pid).cpuMs, 0);
}
