/* oxlint-disable unicorn/require-post-message-target-origin -- ports of worker_threads, not windows */
import { parentPort } from 'node:worker_threads';
import { jobs } from './jobs.mjs';

parentPort.on('message', ([job, argument]) => parentPort.postMessage(jobs[job](argument)));
