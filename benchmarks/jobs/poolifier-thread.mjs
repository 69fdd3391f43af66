import { ThreadWorker } from 'poolifier';
import { jobs } from './jobs.mjs';

// A worker does nothing until its instance exists; nobody imports it.
new ThreadWorker(jobs); // oxlint-disable-line no-new
