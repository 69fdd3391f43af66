/**
 * What a child process runs: the worker loop on the pipe at descriptor 3, until the pool says stop or is gone.
 */
import { Socket } from 'node:net';
import { encodeError } from '../transport/error-codec.ts';
import { CancelFlags, FLAG_WORDS } from '../worker/cancel-flags.ts';
import { WorkerLoop } from '../worker/worker-loop.ts';
import { Pipe, PIPE_FD } from './pipe.ts';
import { decodeMessage, encodeMessage, type FromProcess, type ToProcess } from './wire.ts';
import { setTimeout } from '../transport/own-timers.ts';

/** What a task left open (a timer, a server) may keep a child that was told to stop for this long. */
const STOP_GRACE_MS = 500;
/** A busy loop that asks whether it should end looks into the pipe at most this often. */
const LOOK_EVERY_MS = 1;

let loop: WorkerLoop | undefined;
let lastLook = 0;
let stopping = false;
const pipe = new Pipe(new Socket({ fd: PIPE_FD, readable: true, writable: true }), {
  frame: (body) => receive(decodeMessage(body) as ToProcess),
  closed: () => {
    // Nobody is left to work for: the pool's process has ended, however it did.
    if (!stopping) process.exit(1);
  },
});
process.on('uncaughtExceptionMonitor', (error) => void send(['dying', encodeError(error)]));

/**
 * Answers go out at once: when this process dies in the next job, the pool knows that this one was done. So does
 * progress, for a task that never gives its event loop a turn.
 */
function send(message: FromProcess): Promise<void> | undefined {
  const body = encodeMessage(message);
  if (message[0] === 'yield') pipe.send(body);
  else pipe.sendNow(body);
  return pipe.hasBacklog ? whenSent() : undefined;
}

/** The pipe has everything. It is the pool that makes room, when it reads. */
async function whenSent(): Promise<void> {
  while (pipe.hasBacklog) await new Promise((resolve) => setTimeout(resolve, 1));
}

function onLook(ticket: number, first: boolean): void {
  if (first) void send(['looked', ticket]);
  const now = performance.now();
  if (now - lastLook < LOOK_EVERY_MS) return;
  lastLook = now;
  pipe.readNow();
}

function receive(message: ToProcess): void {
  switch (message[0]) {
    case 'setup': {
      process.title = `offloop ${message[1].name}`;
      loop = new WorkerLoop(message[1], new CancelFlags(new Int32Array(FLAG_WORDS), onLook), send);
      void loop.start();
      break;
    }
    case 'shield':
      if (message[1]) process.on('SIGINT', leaveToParent);
      else process.off('SIGINT', leaveToParent);
      break;
    case 'stop':
      stop();
      break;
    default:
      loop?.handle(message);
  }
}

function leaveToParent(): void {}

function stop(): void {
  stopping = true;
  process.off('SIGINT', leaveToParent);
  pipe.end();
  setTimeout(() => process.exit(0), STOP_GRACE_MS).unref();
}
