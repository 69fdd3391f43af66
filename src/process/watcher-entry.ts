/**
 * What the second thread of a child process runs. It answers for the child when its main thread is busy: says which jobs
 * have not begun and takes those back, and ends the process when the pool is gone. It sleeps until one of the two
 * happens.
 */
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { sharedOperations } from '../transport/atomics.ts';
import { setTimeout } from '../transport/own-timers.ts';
import { Claims } from './claims.ts';
import { Pipe } from './pipe.ts';
import { RecallKind, RECALLS_FD } from './wire.ts';

/** A main thread that gets a turn ends the process itself, and may clean up, for this long. */
const KILL_AFTER_MS = 1000;

const claims = new Claims(workerData as Int32Array, sharedOperations);
const pipe = new Pipe(new Socket({ fd: RECALLS_FD, readable: true, writable: true }), {
  message: ({ ticket, flags }) => {
    pipe.add(claims.revoke(ticket) ? RecallKind.recall : RecallKind.begun, flags, ticket, 0);
  },
  passed: () => pipe.flush(),
  closed: () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), KILL_AFTER_MS),
});
pipe.add(RecallKind.hello, 0, 0, 0);
pipe.flush();
