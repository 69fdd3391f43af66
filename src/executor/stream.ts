import type { CancelledError } from '../errors.ts';
import { currentScope } from '../core/context.ts';
import { checkpointError, rejected, Wait, type WaitKind } from '../core/wait.ts';
import type { Job, JobOwner } from './job.ts';

/** Values a worker may be ahead of the consumer. */
const WINDOW = 16;
/** A generator that is left gets this long to come to a value, where its clean-up begins; that takes the time it needs. */
const LEAVE_WITHIN_MS = 500;

const CLOSED = 'the stream was closed';

/**
 * What a generator in a worker yields, here. The worker runs at most `WINDOW` values ahead; leaving the loop early
 * ends the generator there, its `finally` included, or, if it does not come to its next value, cancels the job; so does
 * a scope that is cancelled while it iterates.
 */
export class StreamIterator implements AsyncIterableIterator<unknown> {
  readonly #job: Job;
  readonly #owner: JobOwner;
  readonly #values: unknown[] = [];
  readonly #takers: NextWait[] = [];
  readonly #kind: WaitKind;
  #taken = 0;
  #error: { readonly thrown: unknown } | undefined;
  #ended = false;
  /** It was left, and has come to its clean-up. */
  #cleansUp = false;

  constructor(job: Job, owner: JobOwner) {
    this.#job = job;
    this.#owner = owner;
    this.#kind = new NextKind(job, this.#takers);
    job.more.onYield = (value) => this.#receive(value);
    job.more.onReport = () => {
      this.#cleansUp = true;
    };
    job.more.onStart = () => owner.credit(job, WINDOW);
    job.listen({ futureDone: () => this.#end() });
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    const scope = currentScope();
    const error = checkpointError(scope);
    if (error !== undefined) {
      this.#job.cancel(error);
      return rejected(error);
    }
    if (this.#values.length > 0) {
      const value = this.#values.shift();
      this.#giveCredit();
      return Promise.resolve({ done: false, value });
    }
    if (this.#ended) return this.#conclude();
    const wait: NextWait = new Wait(this.#kind, undefined, scope);
    this.#takers.push(wait);
    return wait.promise;
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#values.length = 0;
    if (!this.#ended) {
      if (this.#job.running()) await this.#leave();
      else this.#job.cancel(CLOSED);
      this.#end();
    }
    this.#error = undefined;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #leave(): Promise<void> {
    this.#owner.credit(this.#job, -1);
    const timer = setTimeout(() => {
      // What has come meanwhile counts: the time may be up only because this thread did not run.
      setImmediate(() => {
        if (!this.#cleansUp) this.#job.cancel(CLOSED);
      });
    }, LEAVE_WITHIN_MS);
    await settled(this.#job);
    clearTimeout(timer);
  }

  #receive(value: unknown): void {
    if (this.#ended) return;
    const taker = this.#takers.shift();
    if (taker === undefined) this.#values.push(value);
    else {
      this.#giveCredit();
      taker.resolve({ done: false, value });
    }
  }

  /** In halves of the window: one message for eight values, and the worker never runs dry. */
  #giveCredit(): void {
    this.#taken += 1;
    if (this.#taken < WINDOW / 2 || this.#ended) return;
    this.#owner.credit(this.#job, this.#taken);
    this.#taken = 0;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#job.done()) {
      try {
        this.#job.resultNow();
      } catch (thrown) {
        this.#error = { thrown };
      }
    }
    for (const taker of this.#takers.splice(0))
      this.#conclude().then(
        (result) => taker.resolve(result),
        (thrown: unknown) => taker.reject(thrown),
      );
  }

  /** The error once, then the end for ever. */
  #conclude(): Promise<IteratorResult<unknown, undefined>> {
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error.thrown);
  }
}

type NextWait = Wait<IteratorResult<unknown, undefined>>;

/** Waits for a value. A cancelled scope cancels the job, since `for await` does not close an iteration that throws. */
class NextKind implements WaitKind {
  readonly #job: Job;
  readonly #line: Wait[];

  constructor(job: Job, line: Wait[]) {
    this.#job = job;
    this.#line = line;
  }

  cancelWait(wait: Wait, error: CancelledError): void {
    wait.endEarly(error);
    // After this wait has left: whoever asks next must be told, or the values would look complete.
    this.#job.cancel(error);
  }

  describe(): string {
    return 'the next value of stream()';
  }

  withdraw(wait: Wait): void {
    const index = this.#line.indexOf(wait);
    if (index !== -1) this.#line.splice(index, 1);
  }
}

/** The generator's clean-up has run, or failed: either way it is over, also for a consumer whose scope is cancelled. */
function settled(job: Job): Promise<void> {
  return new Promise((resolve) => {
    job.listen({ futureDone: () => resolve() });
  });
}
