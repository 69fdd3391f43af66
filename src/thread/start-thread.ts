import type { MessagePort, Worker, WorkerOptions } from 'node:worker_threads';
import type { PoolSettings } from '../executor/options.ts';
import { channelMemory, type ChannelMemory } from '../transport/channel-memory.ts';
import { DOORBELL_BYTES } from '../transport/layout.ts';
import { FLAG_WORDS } from '../worker/cancel-flags.ts';
import type { WorkerSetup } from '../worker/protocol.ts';
import type { ThreadWorkerData } from './worker-entry.ts';
import { startWorker } from './worker-start.ts';

/** What a thread and its pool share. */
export interface ThreadMemory {
  readonly channel: ChannelMemory;
  readonly flags: Int32Array;
}

/** A thread on its way before there is anything that could talk to it. */
export interface EarlyThread {
  readonly worker: Worker;
  readonly memory: ThreadMemory;
  readonly doorbell: SharedArrayBuffer;
}

export function threadMemory(): ThreadMemory {
  return { channel: channelMemory(), flags: new Int32Array(new SharedArrayBuffer(FLAG_WORDS * 4)) };
}

/** Starts a thread of a pool. It does not keep the program running. */
export function startThread(
  setup: WorkerSetup,
  settings: PoolSettings,
  doorbell: SharedArrayBuffer,
  { channel, flags }: ThreadMemory,
  interrupts?: MessagePort,
): Worker {
  const { block, workerPort: port } = channel;
  const workerData: ThreadWorkerData = { offloop: { setup, channel: { block, doorbell, port }, flags, interrupts } };
  const transferList = interrupts === undefined ? [port] : [port, interrupts];
  const options: WorkerOptions = { workerData, transferList, name: setup.name };
  if (settings.resourceLimits !== undefined) options.resourceLimits = settings.resourceLimits;
  if (settings.env !== undefined) options.env = settings.env;
  const worker = startWorker(options, settings.execArgv);
  worker.unref();
  return worker;
}

/**
 * Starts the first thread of the program while the rest of the pool is still to be loaded; both take a while.
 * `undefined` if it cannot be started: that is told when the pool tries again.
 */
export function startEarly(setup: WorkerSetup, settings: PoolSettings): EarlyThread | undefined {
  const doorbell = new SharedArrayBuffer(DOORBELL_BYTES);
  const memory = threadMemory();
  try {
    const worker = startThread(setup, settings, doorbell, memory);
    // Its pool listens as soon as it is loaded. If it cannot be loaded, nobody is to stumble over this.
    worker.on('error', () => {});
    return { worker, memory, doorbell };
  } catch {
    memory.channel.port.close();
    return undefined;
  }
}
