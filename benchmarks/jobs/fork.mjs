import { jobs } from './jobs.mjs';

process.on('message', ({ id, job, argument }) => {
  process.send({ id, value: jobs[job](argument) });
});
