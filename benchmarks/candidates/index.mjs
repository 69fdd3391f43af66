import { candidates as bareInOrder } from './bare-in-order.mjs';
import { candidates as bare } from './bare.mjs';
import { candidates as fork } from './fork.mjs';
import { candidates as knitting } from './knitting.mjs';
import { candidates as noPool } from './no-pool.mjs';
import { candidates as offloop } from './offloop.mjs';
import { candidates as piscina } from './piscina.mjs';
import { candidates as poolifier } from './poolifier.mjs';
import { candidates as programs } from './programs.mjs';
import { candidates as python } from './python.mjs';
import { candidates as tinypool } from './tinypool.mjs';
import { candidates as workerpool } from './workerpool.mjs';

/**
 * Who takes part. A candidate loads its library only in `open(shape)`, which gives a pool:
 *
 *   run(job, argument)               thenable of the result of that function of jobs/jobs.mjs
 *   runTransfer(job, value, list)    the same, moving what is in the list
 *   sumOfMap(job, items)             its own way to run many; left out where there is none
 *   start(job, argument)             { done, cancel() }; left out where running work cannot be cancelled
 *   close()
 *
 * `pace` says how many tasks it gets in a round where the slowest gets one, so that rounds take about as long for all.
 * `group`: ours, peer (as it comes), tuned (a peer at the setting that gave most), bare (`postMessage` as one writes it),
 * least (as little as can be sent), python, knitting.
 */
export const candidates = [
  ...offloop,
  ...piscina,
  ...tinypool,
  ...workerpool,
  ...poolifier,
  ...bare,
  ...bareInOrder,
  ...fork,
  ...knitting,
  ...python,
  ...noPool,
  ...programs,
];

export function candidate(id) {
  const found = candidates.find((each) => each.id === id);
  if (found === undefined)
    throw new TypeError(`No candidate ${id}. There are: ${candidates.map((c) => c.id).join(', ')}`);
  return found;
}

export const THREAD_POOLS = [
  'offloop',
  'piscina',
  'piscina-best',
  'tinypool',
  'tinypool-best',
  'workerpool',
  'poolifier',
  'poolifier-best',
];

export const PROCESS_POOLS = [
  'offloop-processes',
  'tinypool-processes',
  'tinypool-processes-best',
  'workerpool-processes',
  'poolifier-processes',
];
