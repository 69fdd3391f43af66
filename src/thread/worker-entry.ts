/**
 * What a worker thread runs. Takes jobs from its port until it is told to stop.
 *
 * The port is the only thing that keeps the thread's event loop open, and only while the pool holds it.
 */
import { workerData, type MessagePort, type TransferListItem } from 'node:worker_threads';
import { CancelFlags } from '../worker/cancel-flags.ts';
import type { ToWorker, WorkerSetup } from '../worker/protocol.ts';
import { WorkerLoop } from '../worker/worker-loop.ts';
import { ReplyCounter } from './reply-counter.ts';

/** What `ThreadWorker` puts into `workerData`. */
export interface ThreadWorkerData {
  readonly offloop: {
    readonly setup: WorkerSetup;
    readonly port: MessagePort;
    readonly flags: Int32Array;
    readonly replies: Int32Array;
  };
}

const { setup, port, flags, replies } = (workerData as ThreadWorkerData).offloop;
const counter = new ReplyCounter(replies);
const loop = new WorkerLoop(setup, new CancelFlags(flags), (message, transferList) => {
  port.postMessage(message, (transferList ?? []) as TransferListItem[]);
  counter.count();
});

port.on('message', (message: ToWorker) => {
  if (message[0] === 'stop') port.close();
  else loop.handle(message);
});
void loop.start();
