import { jobs } from '../jobs/jobs.mjs';

/** Runs the job where it stands: what happens to a server without any of these libraries. */
function open() {
  return { run: async (job, argument) => jobs[job](argument), close: () => undefined };
}

export const candidates = [{ id: 'no-pool', label: 'no pool, on the loop', group: 'none', pace: 1, open }];
