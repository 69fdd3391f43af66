import type { FromWorker } from '../worker/protocol.ts';
import { decodeJobError } from './job-error.ts';
import type { Job } from './job.ts';
import type { PoolWorker, WorkerEvents } from './pool-worker.ts';

/** Tells a pool what one message of a worker says about `job`, for wires that carry messages. */
export function deliver(events: WorkerEvents, worker: PoolWorker, message: FromWorker, job: Job | undefined): void {
  switch (message[0]) {
    case 'ready':
      events.ready(worker);
      break;
    case 'broken':
      events.initializerFailed(worker, message[1]);
      break;
    case 'result':
      events.returned(worker, message[1], message[2], message[3]);
      break;
    case 'error':
      if (job !== undefined) events.threw(worker, message[1], decodeJobError(job, message[2], worker.name), message[3]);
      break;
    case 'yield':
      events.yielded(worker, message[1], message[2]);
      break;
    case 'progress':
      events.progressed(worker, message[1], message[2]);
      break;
    case 'part':
      events.reported(worker, message[1], message[2]);
  }
  events.drained();
}
