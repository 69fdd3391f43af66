import { Unavailable } from './unavailable.mjs';
import { jobs } from '../jobs/jobs.mjs';

/** Through the public names only, as a user would. */
async function load(name) {
  const offloop = await import('offloop');
  if (offloop[name] === undefined) throw new Unavailable(`offloop does not export ${name} yet`);
  return offloop;
}

async function openPool(name, options) {
  const offloop = await load(name);
  const executor = new offloop[name](options);
  return {
    executor,
    offloop,
    run: (job, argument) => executor.submit(jobs[job], argument),
    runTransfer: (job, value, list) => executor.submit(jobs[job], offloop.transfer(value, list)),
    async sumOfMap(job, items) {
      let sum = 0;
      for await (const value of executor.map(jobs[job], items)) sum += value;
      return sum;
    },
    start(job, argument) {
      const future = executor.submit(jobs[job], argument);
      return { done: future, cancel: () => future.cancel() };
    },
    close: () => executor.terminate(),
  };
}

function threads(options) {
  return (shape) =>
    openPool('ThreadPoolExecutor', { maxWorkers: shape.workers, minWorkers: shape.minWorkers, ...options });
}

export const candidates = [
  { id: 'offloop', label: 'offloop', group: 'ours', package: 'offloop', pace: 40, open: threads({}) },
  {
    id: 'offloop-terminate',
    label: "offloop, cancelMode 'terminate'",
    group: 'ours',
    package: 'offloop',
    pace: 10,
    open: threads({ cancelMode: 'terminate' }),
  },
  {
    id: 'offloop-interrupt',
    label: "offloop, cancelMode 'interrupt'",
    group: 'ours',
    package: 'offloop',
    pace: 10,
    open: threads({ cancelMode: 'interrupt' }),
  },
  {
    id: 'offloop-processes',
    label: 'offloop, processes',
    group: 'ours',
    package: 'offloop',
    pace: 3,
    open: (shape) => openPool('ProcessPoolExecutor', { maxWorkers: shape.workers }),
  },
];
