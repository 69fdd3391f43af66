import { workerData } from 'node:worker_threads';
import { LATER, type ChannelData, type Request } from '#offloop/transport/protocol.js';
import { WorkerChannel } from '#offloop/transport/worker-channel.js';
import * as ask from './channel-worker-targets.js';

const { channel: data } = workerData as { channel: ChannelData };
const channel = new WorkerChannel(data);
const cancelled = new Map<number, () => void>();
let ticks = 0;
let timer: NodeJS.Timeout | undefined;

function handle({ ticket, target, values }: Request): unknown {
  const [value] = values;
  switch (target) {
    case ask.ECHO:
      return values.length > 1 ? values : value;
    case ask.THROW:
      throw value;
    case ask.ECHO_LATER:
      void Promise.resolve().then(() => channel.settle(ticket, value));
      return LATER;
    case ask.BLOCK:
      Atomics.store(value as Int32Array, 1, 1);
      Atomics.wait(value as Int32Array, 0, 0, 20_000);
      return Atomics.load(value as Int32Array, 0);
    case ask.UNTIL_CANCELLED:
      while (!channel.cancelRequested(ticket));
      return 'stopped';
    case ask.PARTS:
      for (let index = 0; index < (value as number); index += 1) channel.emit(ticket, 5, index);
      return value;
    case ask.UNSENDABLE:
      return { rows: [{ fn: handle }] };
    case ask.EXIT:
      process.exit(3);
      break;
    case ask.UNTIL_CANCEL_EVENT:
      cancelled.set(ticket, () => channel.settle(ticket, 'told'));
      return LATER;
    case ask.MOVE_BACK:
      channel.settle(ticket, value, [(value as Uint8Array).buffer]);
      return LATER;
    case ask.LIST:
      channel.settleList(ticket, values);
      return LATER;
    case ask.SET_LIMIT:
      channel.limit = value as number;
      return undefined;
    case ask.TIMER_TICKS:
      timer ??= setInterval(() => (ticks += 1), 1).unref();
      return ticks;
  }
  return undefined;
}

channel.run({ request: handle, cancel: (ticket) => cancelled.get(ticket)?.() });
