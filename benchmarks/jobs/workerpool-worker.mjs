import workerpool from 'workerpool';
import { jobs } from './jobs.mjs';

workerpool.worker(jobs);
