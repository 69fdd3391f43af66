/* oxlint-disable unicorn/require-post-message-target-origin -- ports of worker_threads, not windows */
import { parentPort } from 'node:worker_threads';
import { jobs } from './jobs.mjs';

parentPort.on('message', ({ id, job, argument }) => {
  try {
    parentPort.postMessage({ id, value: jobs[job](argument) });
  } catch (error) {
    parentPort.postMessage({ id, error });
  }
});
