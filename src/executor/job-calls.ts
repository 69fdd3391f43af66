import { bindCallback } from '../core/bind-callback.ts';
import { toCancelledError } from '../core/cancellation.ts';
import { getRunningLoop, type Loop } from '../core/loop.ts';
import { soon } from '../core/soon.ts';
import type { Task, TaskFunction, TaskOptions } from '../core/task.ts';
import { InvalidStateError, SerializationError } from '../errors.ts';
import { callbackOf } from '../transport/callback-mark.ts';
import { serializationError } from '../transport/unclonable.ts';
import { CallOutcome, type CallMessage } from '../worker/protocol.ts';
import type { Job } from './job.ts';
import { callingJob } from './nesting.ts';
import type { PoolWorker } from './pool-worker.ts';

/**
 * What a running job calls on this side. Each call is a task of the loop the job was submitted from, with the context of
 * that submission, and belongs to the job: when a run of the job ends, however it does, the calls it has made are cancelled.
 */
export class JobCalls {
  readonly #job: Job;
  readonly #loop: Loop;
  readonly #start: (fn: TaskFunction<unknown>, options: TaskOptions) => Task;
  /** What stands for each function, in the order in which the worker counts them. */
  #functions: readonly object[];
  /** The calls of this run that have not ended, by their id. */
  #running = new Map<number, Task>();

  /** @param from what it takes the place of, for the context of that submission. */
  constructor(job: Job, functions: readonly object[], from?: JobCalls) {
    const loop = from === undefined ? getRunningLoop() : from.#loop;
    this.#job = job;
    this.#loop = loop;
    this.#start =
      from === undefined
        ? bindCallback((fn: TaskFunction<unknown>, options: TaskOptions) => loop.createTask(fn, options))
        : from.#start;
    this.#functions = functions;
  }

  /** What a job made later, for a part of this one, calls. */
  forPart(job: Job): JobCalls {
    return new JobCalls(job, this.#functions, this);
  }

  /** What stands for the function at this place. */
  mark(place: number): object | undefined {
    return this.#functions[place];
  }

  /** The job was encoded again. */
  replace(functions: readonly object[]): void {
    this.#functions = functions;
  }

  /** The job has ended: as `end`, and what it could call is let go of. */
  close(): void {
    this.end();
    this.#functions = [];
  }

  /** The call the job may be waiting for; undefined when none is under way. */
  get pending(): string | undefined {
    for (const task of this.#running.values()) return task.name;
    return undefined;
  }

  receive(worker: PoolWorker, message: CallMessage): void {
    const [id, place] = message;
    if (place === -1) {
      this.#running.get(id)?.cancel(message[2]);
      return;
    }
    if (this.#job.done()) {
      const error = new InvalidStateError(
        `A callback was called after ${this.#job.name}, which it was given to, had ended`,
      );
      worker.reply(id, CallOutcome.error, error);
      return;
    }
    const fn = callbackOf(this.#functions[place] as object) as (...args: unknown[]) => unknown;
    const args = message[2] as unknown[];
    const name = fn.name || '(anonymous)';
    let task: Task;
    try {
      const call = (): unknown => {
        callingJob.set(this.#job);
        return fn(...args);
      };
      task = this.#start(call, { name: `${name} for ${this.#job.name}` });
    } catch (exception) {
      this.#loop.callExceptionHandler({ message: `Cannot run the callback ${name}`, exception, future: this.#job });
      worker.reply(id, CallOutcome.error, exception);
      return;
    }
    this.#watch(worker, id, task);
  }

  /**
   * This run of the job is over. Calls that have come and not begun still get their first step: what a job says last,
   * without waiting for it, is heard.
   */
  end(): void {
    if (this.#running.size === 0) return;
    const left = this.#running;
    this.#running = new Map();
    soon(() => {
      for (const task of left.values())
        task.scope.cancel(toCancelledError(`${this.#job.name}, which made this call, has ended`, 'parent'));
    });
  }

  #watch(worker: PoolWorker, id: number, task: Task): void {
    const running = this.#running;
    running.set(id, task);
    task.listen({
      futureDone: () => {
        running.delete(id);
        task.passOutcome({
          resolve: (value) => this.#answer(worker, id, CallOutcome.value, value),
          reject: (error) =>
            this.#answer(worker, id, task.cancelled() ? CallOutcome.cancelled : CallOutcome.error, error),
        });
      },
    });
  }

  #answer(worker: PoolWorker, id: number, outcome: CallOutcome, value: unknown): void {
    try {
      worker.reply(id, outcome, value);
    } catch (error) {
      const refused = error instanceof SerializationError ? error : serializationError(value, 'result', error);
      worker.reply(id, CallOutcome.error, refused);
    }
  }
}

/** The job was encoded, and these stand for functions that stay here. */
export function giveCallbacks(job: Job, functions: readonly object[] | undefined): void {
  if (functions === undefined) return;
  const { calls } = job.more;
  if (calls === undefined) job.more.calls = new JobCalls(job, functions);
  else calls.replace(functions);
}
