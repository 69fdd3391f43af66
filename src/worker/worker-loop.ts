import { encodeError } from '../transport/error-codec.ts';
import { takeTransferList, type Transferable } from '../transport/transfer.ts';
import { serializationError } from '../transport/unclonable.ts';
import type { CancelFlags } from './cancel-flags.ts';
import { isThenable } from '../core/thenable.ts';
import { JobRunner } from './job-runner.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './protocol.ts';

/** A promise when the message is not on its way yet: resolves when it is. */
type Send = (message: FromWorker, transferList?: readonly Transferable[]) => Promise<void> | undefined;

/**
 * The worker's side of a pool on a wire that carries messages: takes jobs, answers each exactly once.
 *
 * A synchronous function is run and answered within the message that brought it, without a promise in between.
 */
export class WorkerLoop {
  readonly #setup: WorkerSetup;
  readonly #send: Send;
  readonly #runner: JobRunner;

  constructor(setup: WorkerSetup, flags: CancelFlags, send: Send) {
    this.#setup = setup;
    this.#send = send;
    this.#runner = new JobRunner(setup, flags, {
      yield: (ticket, value) => void this.#post(['yield', ticket, value], value),
      progress: (ticket, value) => void this.#post(['progress', ticket, value], value),
      part: (ticket, part) => this.#post(['part', ticket, part], part),
    });
  }

  /** Runs the initializer, then says that it is ready, or that it never will be. */
  async start(): Promise<void> {
    try {
      await this.#runner.initialize(this.#setup);
    } catch (error) {
      void this.#send(['broken', encodeError(error)]);
      return;
    }
    void this.#send(['ready']);
  }

  /** Acts on a message of the pool; `stop` is for the one who owns the channel. */
  handle(message: ToWorker): void {
    switch (message[0]) {
      case 'job':
        this.#run(message);
        break;
      case 'cancel':
        this.#runner.cancel(message[1]);
        break;
      case 'credit':
        this.#runner.credit(message[1], message[2]);
        break;
      case 'stop':
    }
  }

  #run([, ticket, kind, fn, args, name, context]: Extract<ToWorker, readonly ['job', ...unknown[]]>): void {
    let result: unknown;
    try {
      if (fn.definition !== undefined) this.#runner.define(fn.definition);
      result = this.#runner.run(ticket, kind, fn, args, name, context);
    } catch (error) {
      this.#fail(ticket, error);
      return;
    }
    if (!isThenable(result)) this.#succeed(ticket, result);
    else {
      result.then(
        (value) => this.#succeed(ticket, value),
        (error: unknown) => this.#fail(ticket, error),
      );
    }
  }

  #succeed(ticket: number, value: unknown): void {
    try {
      void this.#post(['result', ticket, value, this.#runner.end()], value);
    } catch (error) {
      void this.#send(['error', ticket, encodeError(error), false]);
    }
  }

  #fail(ticket: number, error: unknown): void {
    void this.#send(['error', ticket, encodeError(error), this.#runner.end()]);
  }

  /** Sends a message that carries a value of the user; what cannot be sent is an error that says where it sits. */
  #post(message: FromWorker, value: unknown): Promise<void> | undefined {
    const transferList = takeTransferList([value]);
    try {
      return this.#send(message, transferList);
    } catch (cause) {
      throw serializationError(value, 'result', cause, transferList);
    }
  }
}
