import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { BLOCK_BYTES } from './layout.ts';

/** What lies between a parent and one worker; can be there before the parent's end of the channel is. */
export interface ChannelMemory {
  readonly block: SharedArrayBuffer;
  readonly port: MessagePort;
  /** The worker's end of the port. */
  readonly workerPort: MessagePort;
}

export function channelMemory(): ChannelMemory {
  const { port1, port2 } = new MessageChannel();
  port1.unref();
  return { block: new SharedArrayBuffer(BLOCK_BYTES), port: port1, workerPort: port2 };
}
