/**
 * What a child process runs: the worker loop on the pipe at descriptor 3, until the pool says stop or is gone.
 */
import { Socket } from 'node:net';
import { sharedOperations } from '../transport/atomics.ts';
import { Decoder } from '../transport/codec.ts';
import { encodeError } from '../transport/error-codec.ts';
import type { Message } from '../transport/frames.ts';
import { setTimeout } from '../transport/own-timers.ts';
import { decodeValue, encodeValue } from '../transport/pipe-value.ts';
import { CancelFlags, FLAG_WORDS } from '../worker/cancel-flags.ts';
import type { WorkerSetup } from '../worker/protocol.ts';
import { Claims } from './claims.ts';
import { Pipe } from './pipe.ts';
import { ProcessLoop } from './process-loop.ts';
import { claimWords, startWatcher } from './watcher.ts';
import { FromChild, JOBS_FD, ToChild } from './wire.ts';

/** What a task left open (a timer, a server) may keep a child that was told to stop for this long. */
const STOP_GRACE_MS = 500;
/** A busy loop that asks whether it should end looks into the pipe at most this often. */
const LOOK_EVERY_MS = 1;
/** Taken before any task can put something else in its place. */
const exit = process.exit.bind(process);

let loop: ProcessLoop | undefined;
let lastLook = 0;
let stopping = false;
const pipe = new Pipe(new Socket({ fd: JOBS_FD, readable: true, writable: true }), {
  message: receive,
  passed: () => loop?.wake(),
  drained: () => loop?.wake(),
  closed: () => {
    // Nobody is left to work for: the pool's process has ended, however it did.
    if (!stopping) exit(1);
  },
});
process.on('uncaughtExceptionMonitor', (error) => {
  pipe.add(FromChild.dying, 0, 0, 0, encodeValue(encodeError(error), 'the error'));
  pipe.flush();
});

function onLook(ticket: number, first: boolean): void {
  if (first) {
    pipe.add(FromChild.looked, 0, ticket, 0);
    pipe.flush();
  }
  const now = performance.now();
  if (now - lastLook < LOOK_EVERY_MS) return;
  lastLook = now;
  pipe.readNow();
}

function receive(message: Message): void {
  switch (message.kind) {
    case ToChild.setup:
      start(decodeValue(new Decoder(), message) as WorkerSetup);
      break;
    case ToChild.shield:
      if (message.target === 1) process.on('SIGINT', leaveToParent);
      else process.off('SIGINT', leaveToParent);
      break;
    case ToChild.stop:
      stop();
      break;
    default:
      loop?.receive(message);
  }
}

function start(setup: WorkerSetup): void {
  process.title = `offloop ${setup.name}`;
  const flags = new CancelFlags(new Int32Array(FLAG_WORDS), onLook);
  loop = new ProcessLoop(setup, flags, pipe, new Claims(claimWords, sharedOperations));
  // What a stream has yielded in this turn, and the last words of a job: behind the listener that says them.
  process.on('exit', () => loop?.leave());
  void loop.start().then(startWatcher);
}

function leaveToParent(): void {}

function stop(): void {
  stopping = true;
  process.off('SIGINT', leaveToParent);
  pipe.end();
  setTimeout(() => exit(0), STOP_GRACE_MS).unref();
}
