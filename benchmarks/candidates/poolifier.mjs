import { fileURLToPath } from 'node:url';

function script(name) {
  return fileURLToPath(new URL(`../jobs/${name}`, import.meta.url));
}

async function open(shape, className, worker, options) {
  const poolifier = await import('poolifier');
  const pool = new poolifier[className](shape.workers, script(worker), {
    errorHandler: (error) => console.error(error),
    ...options,
  });
  return {
    run: (job, argument) => pool.execute(argument, job),
    runTransfer: (job, value, list) => pool.execute(value, job, undefined, list),
    // Its own way to run many: one promise for an array of results.
    async sumOfMap(job, items) {
      let sum = 0;
      for (const value of await pool.mapExecute(items, job)) sum += value;
      return sum;
    },
    close: () => pool.destroy(),
  };
}

const common = { group: 'peer', package: 'poolifier' };
export const candidates = [
  {
    // By default every task is posted to a worker at once, however many wait there.
    ...common,
    id: 'poolifier',
    label: 'poolifier',
    pace: 6,
    open: (shape) => open(shape, 'FixedThreadPool', 'poolifier-thread.mjs', {}),
  },
  {
    ...common,
    id: 'poolifier-best',
    label: 'poolifier, no events, round robin',
    group: 'tuned',
    pace: 6,
    open: (shape) =>
      open(shape, 'FixedThreadPool', 'poolifier-thread.mjs', {
        enableEvents: false,
        workerChoiceStrategy: 'ROUND_ROBIN',
      }),
  },
  {
    ...common,
    id: 'poolifier-queue',
    label: 'poolifier, tasks queue',
    pace: 0.7,
    open: (shape) => open(shape, 'FixedThreadPool', 'poolifier-thread.mjs', { enableTasksQueue: true }),
  },
  {
    ...common,
    id: 'poolifier-processes',
    label: 'poolifier, cluster',
    pace: 0.5,
    open: (shape) => open(shape, 'FixedClusterPool', 'poolifier-process.cjs', {}),
  },
];
