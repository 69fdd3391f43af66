import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { FAILURE, VALUE } from '#offloop/transport/protocol.js';
import { ParentChannel } from '#offloop/transport/parent-channel.js';
import { ParentDoorbell } from '#offloop/transport/parent-doorbell.js';

/** What became of one request. */
export interface Call {
  ticket: number;
  readonly parts: unknown[];
  readonly result: Promise<unknown>;
  readonly settle: (kind: number, value: unknown) => void;
}

export function newCall(): Call {
  let settle: Call['settle'] = () => {};
  const result = new Promise<unknown>((resolve, reject) => {
    settle = (kind, value) => {
      if (kind === VALUE) resolve(value);
      else reject(value);
    };
  });
  result.catch(() => {});
  return { ticket: 0, parts: [], result, settle };
}

/** A real worker with a channel, and requests as promises. */
export class Harness {
  readonly doorbell: ParentDoorbell;
  readonly channel: ParentChannel<Call>;
  readonly worker: Worker;
  rooms = 0;

  constructor(doorbell: ParentDoorbell = new ParentDoorbell()) {
    this.doorbell = doorbell;
    this.channel = new ParentChannel<Call>(doorbell, {
      reply: (call, kind, value, final) => {
        if (final) call.settle(kind, value);
        else call.parts.push(value);
      },
      room: () => {
        this.rooms += 1;
      },
    });
    doorbell.hold();
    const { data } = this.channel;
    this.worker = new Worker(new URL('channel-worker.js', import.meta.url), {
      workerData: { channel: data },
      transferList: [data.port],
    });
  }

  call(target: number, ...values: unknown[]): Promise<unknown> {
    return this.start(target, values).result;
  }

  start(target: number, values: unknown[], transfer?: object[], flags = 0): Call {
    const call = newCall();
    call.ticket = this.channel.post(call, 0, target, flags, values, transfer);
    if (call.ticket === 0) call.settle(FAILURE, new Error('The ring is full'));
    return call;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.channel.close();
    this.doorbell.release();
    const exit = this.worker.threadId === -1 ? undefined : once(this.worker, 'exit');
    await this.worker.terminate();
    await exit;
  }
}
