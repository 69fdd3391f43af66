import { parentPort } from 'node:worker_threads';
import { jobs } from './jobs.mjs';

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of worker_threads, not a window
parentPort.on('message', ([job, argument]) => parentPort.postMessage(jobs[job](argument)));
