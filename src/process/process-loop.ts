import { promiseOf } from '../core/thenable.ts';
import type { FunctionDefinition } from '../functions/definition.ts';
import { Decoder } from '../transport/codec.ts';
import { encodeError } from '../transport/error-codec.ts';
import type { Body, Message } from '../transport/frames.ts';
import { setImmediate, setTimeout } from '../transport/own-timers.ts';
import { decodeValue, decodeValues, encodeFailure, encodeValue } from '../transport/pipe-value.ts';
import { InvalidStateError } from '../errors.ts';
import { serializationError } from '../transport/unclonable.ts';
import type { CallMessage, CallOutcome } from '../worker/protocol.ts';
import { takeTransferList } from '../transport/transfer.ts';
import type { CancelFlags } from '../worker/cancel-flags.ts';
import { JobRunner } from '../worker/job-runner.ts';
import { JobFlag, type JobKind, type WireContext, type WorkerSetup } from '../worker/protocol.ts';
import type { Claims } from './claims.ts';
import type { Pipe } from './pipe.ts';
import { FromChild, RETIRE, ToChild } from './wire.ts';

/** How long jobs are run, one after the other, before timers and sockets of this process get their turn. */
const TURN_MS = 4;

/** Longest sleep between two looks at the pipe of a job that waits without the event loop. */
const MAX_NAP_MS = 1;
const CANNOT_BLOCK =
  'resultSync() would block for ever: it takes the event loop to read or write here, or to send what came before; await';

const napWord = new Int32Array(new SharedArrayBuffer(4));

/**
 * The child's side of a pool: runs the jobs that have come, one at a time, in their order.
 *
 * Each answer is written before the next job begins, and no job begins while an answer is still on its way. So when this
 * process dies, however it does, the pool knows what was done, and that only the first job without an answer can have
 * begun.
 */
export class ProcessLoop {
  readonly #pipe: Pipe;
  readonly #claims: Claims;
  readonly #flags: CancelFlags;
  readonly #setup: WorkerSetup;
  readonly #runner: JobRunner;
  readonly #decoder: Decoder;
  /** Ticket of the job whose values are being read. */
  #reading = 0;
  #waiting: Message[] = [];
  /** Said about the next job. */
  readonly #ahead: Message[] = [];
  /** How many of them have had their turn. */
  #taken = 0;
  /** Ticket of the job that was begun last. */
  #begun = 0;
  /** The pool was told that no other will be. */
  #hasLeft = false;
  #working = false;
  #yielding = false;
  /** When the event loop must have its turn; 0 when it just had. */
  #turnEnd = 0;

  constructor(setup: WorkerSetup, flags: CancelFlags, pipe: Pipe, claims: Claims) {
    this.#setup = setup;
    this.#pipe = pipe;
    this.#claims = claims;
    this.#flags = flags;
    this.#decoder = new Decoder(undefined, undefined, (place, name) =>
      this.#runner.callbacks.make(this.#reading, place, name),
    );
    this.#runner = new JobRunner(setup, flags, {
      yield: (ticket, value) => {
        this.#pipe.add(FromChild.yield, 0, ticket, 0, this.#encode(value, 'the value'));
        this.#pipe.flushSoon();
      },
      // At once, for a task that never gives its event loop a turn.
      progress: (ticket, value) => this.#send(FromChild.progress, 0, ticket, this.#encode(value, 'the value')),
      part: (ticket, part) => {
        this.#send(FromChild.part, 0, ticket, this.#encode(part, 'result'));
        return this.#pipe.pending === 0 ? undefined : this.#whenSent();
      },
      call: (ticket, message) => this.#sendCall(ticket, message),
      waitReply: (timeout) => this.#waitReply(timeout),
    });
  }

  /** Runs the initializer, then says that this process is ready, or that it never will be. */
  async start(): Promise<void> {
    try {
      await this.#runner.initialize(this.#setup);
    } catch (error) {
      this.#send(FromChild.broken, 0, 0, encodeValue(encodeError(error), 'the error'));
      return;
    }
    this.#send(FromChild.ready, 0, 0);
  }

  /** Takes a message about jobs. A job waits until `work` is called. */
  receive(message: Message): void {
    switch (message.kind) {
      case ToChild.define:
        this.#runner.define(decodeValue(this.#decoder, message) as FunctionDefinition);
        break;
      case ToChild.forget:
        this.#runner.forget(decodeValue(this.#decoder, message) as number[]);
        break;
      case ToChild.reply: {
        const value = decodeValue(this.#decoder, message);
        this.#runner.callbacks.reply(message.target, message.flags as CallOutcome, value);
        break;
      }
      case ToChild.credit:
      case ToChild.cancel:
        this.#control(message);
        break;
      default:
        this.#waiting.push(message);
    }
  }

  /** What is said about a job that has not begun is kept until it has. */
  #control(message: Message): void {
    const { kind, ticket, target } = message;
    if (ticket !== this.#runner.running) {
      this.#ahead.push(message);
      if (kind === ToChild.cancel) this.#flags.request(ticket);
    } else if (kind === ToChild.cancel) this.#runner.cancel(ticket);
    else this.#runner.credit(ticket, target - 1);
  }

  /** This process exits: what it has not begun can be run elsewhere. */
  leave(): void {
    this.#hasLeft = true;
    this.#send(FromChild.leaving, 0, this.#begun);
  }

  /** An event has brought messages, or room for answers. */
  wake(): void {
    this.#turnEnd = 0;
    this.#work();
  }

  /** Runs what waits, until there is nothing, a job goes on by itself, or the event loop must have its turn. */
  #work(): void {
    if (this.#working) return;
    this.#working = true;
    try {
      while (this.#runner.running === 0 && this.#mayBegin()) {
        const message = this.#waiting[this.#taken];
        if (message === undefined) {
          if (this.#taken > 0) this.#waiting = [];
          this.#taken = 0;
          return;
        }
        const now = performance.now();
        if (this.#turnEnd === 0) this.#turnEnd = now + TURN_MS;
        else if (now > this.#turnEnd) {
          this.#yield();
          return;
        }
        this.#taken += 1;
        if (this.#claims.claim(message.ticket)) this.#run(message);
      }
    } finally {
      this.#working = false;
    }
  }

  /** The pool has been sent all answers, and does not take this process for one that begins no more. */
  #mayBegin(): boolean {
    if (this.#hasLeft) {
      this.#hasLeft = false;
      this.#send(FromChild.staying, 0, 0);
    }
    return this.#pipe.pending === 0;
  }

  #yield(): void {
    if (this.#yielding) return;
    this.#yielding = true;
    setImmediate(() => {
      this.#yielding = false;
      this.wake();
    });
  }

  #run(message: Message): void {
    const { ticket } = message;
    this.#begun = ticket;
    let result: unknown;
    let promise: Promise<unknown> | undefined;
    try {
      result = this.#call(message);
      promise = promiseOf(result);
    } catch (error) {
      this.#fail(ticket, error);
      return;
    }
    const ahead = this.#ahead.splice(0);
    if (promise !== undefined) {
      for (const said of ahead) if (said.ticket === ticket) this.#control(said);
      void promise.then(
        (value) => {
          this.#succeed(ticket, value);
          this.#work();
        },
        (error: unknown) => {
          this.#fail(ticket, error);
          this.#work();
        },
      );
    } else this.#succeed(ticket, result);
  }

  #call(message: Message): unknown {
    const { ticket, kind, target, flags } = message;
    this.#reading = ticket;
    const values = decodeValues(this.#decoder, message);
    const name = (flags & JobFlag.name) === 0 ? undefined : (values.pop() as string);
    const context = (flags & JobFlag.context) === 0 ? undefined : (values.pop() as WireContext);
    const captured = (flags & JobFlag.captured) === 0 ? undefined : (values.pop() as unknown[]);
    return this.#runner.run(ticket, kind as JobKind, { id: target, captured }, values, name, context);
  }

  #succeed(ticket: number, value: unknown): void {
    let body: Body;
    try {
      body = this.#encode(value, 'result');
    } catch (error) {
      this.#fail(ticket, error);
      return;
    }
    this.#send(FromChild.value, this.#runner.end(ticket) ? RETIRE : 0, ticket, body);
  }

  #fail(ticket: number, error: unknown): void {
    const body = encodeFailure(error);
    this.#send(FromChild.failure, this.#runner.end(ticket) ? RETIRE : 0, ticket, body);
  }

  #sendCall(ticket: number, message: CallMessage): void {
    let body: Body;
    try {
      body = encodeValue(message, 'args');
    } catch (error) {
      // The path is to begin with the arguments, not with what stands around them.
      throw serializationError(message[2], 'args', error);
    }
    this.#pipe.add(FromChild.call, 0, ticket, 0, body);
    // What does not fit now is not given to the event loop yet: the job may be about to wait without it.
    this.#pipe.flushNow();
    this.#pipe.flushSoon();
  }

  /** Blocks by looking and napping: there is no call in Node that sleeps until a pipe has something. */
  #waitReply(timeout: number): void {
    const deadline = performance.now() + timeout;
    let nap = 0.05;
    for (;;) {
      if (!this.#pipe.canBlock) throw new InvalidStateError(CANNOT_BLOCK);
      this.#pipe.flushNow();
      const delivered = this.#pipe.readNow();
      // Nobody is left to work for.
      if (delivered < 0) process.exit(1);
      const left = deadline - performance.now();
      if (delivered > 0 || left <= 0) return;
      Atomics.wait(napWord, 0, 0, Math.min(nap, left));
      nap = Math.min(nap * 1.5, MAX_NAP_MS);
    }
  }

  /** The pipe has everything. It is the pool that makes room, when it reads. */
  async #whenSent(): Promise<void> {
    while (this.#pipe.pending > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Nothing can be moved to another process: what is marked to be moved is copied. */
  #encode(value: unknown, root: string): Body {
    takeTransferList([value]);
    return encodeValue(value, root);
  }

  #send(kind: number, flags: number, ticket: number, body?: Body): void {
    this.#pipe.add(kind, flags, ticket, 0, body);
    this.#pipe.flush();
  }
}
