import { toCancelledError } from '../core/cancellation.ts';
import { checkResultSyncOptions, Future, type ResultSyncOptions } from '../core/future.ts';
import { type CancelledError, InvalidStateError, TimeoutError } from '../errors.ts';
import type { CallWire, JobCallbacks } from './callbacks.ts';
import { CallOutcome } from './protocol.ts';

/** The calls of a worker that have not ended, of whatever job. */
export class RemoteCalls {
  readonly #wire: CallWire;
  readonly #pending = new Map<number, RemoteCall>();
  #lastId = 0;

  constructor(wire: CallWire) {
    this.#wire = wire;
  }

  begin(job: JobCallbacks, place: number, name: string, args: readonly unknown[]): Future {
    const id = ++this.#lastId;
    const call = new RemoteCall(name, {
      waitReply: (timeout) => this.#wire.waitReply(timeout),
      cancelled: (error) => this.#cancelled(job, id, error),
    });
    if (job.ended) {
      call.fail(new InvalidStateError(`${name} was called after the task it was given to had ended`));
      return call;
    }
    try {
      this.#wire.call(job.ticket, [id, place, args]);
    } catch (error) {
      call.fail(error);
      return call;
    }
    this.#pending.set(id, call);
    call.job = job;
    return call;
  }

  /** A late reply finds nobody. */
  reply(id: number, outcome: CallOutcome, value: unknown): void {
    const call = this.#pending.get(id);
    if (call === undefined) return;
    this.#pending.delete(id);
    if (outcome === CallOutcome.value) call.succeed(value);
    else if (outcome === CallOutcome.error) call.fail(value);
    else call.end(value as CancelledError);
  }

  end(job: JobCallbacks): void {
    for (const [id, call] of this.#pending) {
      if (call.job !== job) continue;
      this.#pending.delete(id);
      call.end(toCancelledError('the task that made this call has ended', 'parent'));
    }
  }

  #cancelled(job: JobCallbacks, id: number, error: CancelledError): void {
    if (!this.#pending.delete(id)) return;
    try {
      this.#wire.call(job.ticket, [id, -1, error.reason]);
    } catch {
      // The reason cannot be sent: it is cancelled for none.
      this.#wire.call(job.ticket, [id, -1, undefined]);
    }
  }
}

interface CallOwner {
  waitReply(timeout: number): void;
  cancelled(error: CancelledError): void;
}

/** The future of a call. Cancelling it cancels the task over there. */
class RemoteCall extends Future {
  job: JobCallbacks | undefined;
  readonly #name: string;
  readonly #owner: CallOwner;

  constructor(name: string, owner: CallOwner) {
    super();
    this.#name = name;
    this.#owner = owner;
  }

  override cancel(reason?: unknown): boolean {
    if (this.done()) return super.cancel(reason);
    const error = toCancelledError(reason);
    super.cancel(error);
    this.#owner.cancelled(error);
    return true;
  }

  override resultSync(options?: ResultSyncOptions): unknown {
    checkResultSyncOptions(options);
    const timeout = options?.timeout ?? Infinity;
    this.markRetrieved();
    const deadline = performance.now() + timeout;
    while (!this.done()) {
      const left = deadline - performance.now();
      this.#owner.waitReply(Math.max(left, 0));
      if (left <= 0 && !this.done()) throw new TimeoutError(`No result of ${this.#name} after ${timeout} ms`);
    }
    return this.resultNow();
  }

  /** @throws InvalidStateError always: the reply completes it. */
  override setResult(): void {
    throw new InvalidStateError("A call's future does not support setResult(): the reply gives the result");
  }

  /** @throws InvalidStateError always: the reply completes it. */
  override setException(): void {
    throw new InvalidStateError("A call's future does not support setException(): the reply gives the result");
  }

  succeed(value: unknown): void {
    super.setResult(value);
  }

  fail(error: unknown): void {
    super.setException(error);
  }

  end(error: CancelledError): void {
    this.setCancelled(error);
  }

  protected override describe(): string {
    return `${JSON.stringify(this.#name)} `;
  }
}
