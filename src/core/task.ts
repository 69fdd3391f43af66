import { CancelledError, InvalidOptionError, InvalidStateError } from '../errors.ts';
import { isAbortError } from './abort-error.ts';
import { passedOn, tell } from './cancel-walk.ts';
import { toCancelledError } from './cancellation.ts';
import { currentScope, enterScope, enterScopeOfJob, prepareJobs } from './context.ts';
import { currentVariables } from './context-var.ts';
import { isDebug } from './debug.ts';
import { Future } from './future.ts';
import { aBoolean, aLimit, anything, checkOptions, type Checks } from './options.ts';
import { framesOf, sitesIn, waitsIn } from './scope-report.ts';
import { Scope, type ContextPlace, type ScopeLoop, type ScopeTask } from './scope.ts';
import { soon } from './soon.ts';
import { cancellationDelivered, endedAllTheSame, waitRefused } from './swallowed-cancellation.ts';
import { taskEnd, taskStart } from './task-events.ts';
import { isThenable } from './thenable.ts';
import { toPromise } from './to-promise.ts';

/** What a task runs. */
export type TaskFunction<T> = () => T | PromiseLike<T>;

export interface TaskOptions {
  /** Shown in errors, reports and `offloop pstree`. Default `Task-<n>`. */
  name?: string | undefined;
  /** Runs the function up to its first await before this returns. Default: it starts in a microtask. */
  eager?: boolean | undefined;
}

export const taskChecks: Checks<TaskOptions> = {
  // As in Python, what is no string becomes one.
  name: anything,
  eager: aBoolean,
};

export interface GetStackOptions {
  /** Most frames, the innermost first. Default: all. */
  limit?: number | undefined;
}

const getStackChecks: Checks<GetStackOptions> = { limit: aLimit(0) };

/** How the library makes a task; the public ways are `createTask` and `tg.createTask`. */
export interface TaskPlace {
  readonly parent: Scope;
  readonly loop: ScopeLoop | undefined;
  /** Whose context variables it shares; a copy of the current ones if undefined. */
  readonly owner?: ContextPlace | undefined;
}

const ENDED = new Scope(undefined, undefined, undefined);
ENDED.close();

let lastId = 0;

/** Made by the library only: with this, `new Task()` is not a way around the scopes. */
const MAKE = Symbol('make');

/**
 * Work on this loop: a future of what an async function returns, run in a scope of its own.
 *
 * @see https://docs.python.org/3/library/asyncio-task.html#task-object
 */
export class Task<T = unknown> extends Future<T> implements ScopeTask {
  /** The scope it runs in; that of nobody once it has ended, so that a task that is kept does not keep more. */
  scope: Scope;
  /** A number until somebody gives it a name: most tasks are never asked. */
  #name: string | number = ++lastId;
  #fn: TaskFunction<T> | undefined;
  #cancelling = 0;
  pendingCancel: CancelledError | undefined = undefined;
  telling: CancelledError | undefined = undefined;
  carrying = false;
  #selfCancelled = false;
  /** Its waits have been ended, it has not run since. */
  #delivering = false;

  /** For the library. */
  constructor(make: symbol, fn: TaskFunction<T>, name: unknown, place: TaskPlace) {
    if (make !== MAKE) throw new InvalidStateError('A Task is made by createTask() or by a task group');
    super();
    this.#fn = fn;
    if (name !== undefined) this.name = name;
    this.scope = new Scope(place.parent, this, place.loop, place.owner === undefined ? undefined : place);
    if (place.owner === undefined) this.scope.variables = currentVariables();
  }

  get name(): string {
    return typeof this.#name === 'number' ? `Task-${this.#name}` : this.#name;
  }

  set name(name: unknown) {
    this.#name = String(name);
  }

  /**
   * Asks the task to stop: the wait it is in rejects with a `CancelledError`, or the next one if it is in none. Once per
   * call: a task may catch it, clean up and end otherwise; where it waits in several places at once, all of these take it.
   * Before its first step it never runs at all.
   * Returns false when it is done, and to a cancel that it passes on itself and that comes back in a circle.
   */
  override cancel(reason?: unknown): boolean {
    this.markRetrieved();
    if (this.done()) return false;
    const error = toCancelledError(reason);
    // What it awaits awaits it: whoever does is not to wait for its end.
    if (error === this.telling) return false;
    this.#cancelling++;
    if (this.state === 'pending') {
      this.#end();
      return this.setCancelled(error);
    }
    tell(this.#deliver(error, currentScope()?.task === this));
    return true;
  }

  *#deliver(error: CancelledError, bySelf: boolean): Generator<void, void> {
    // Two requests before the task runs again are delivered as one, with the first reason.
    if (this.done() || this.pendingCancel !== undefined || this.#delivering) return;
    const waits = this.scope.interrupt(error);
    if (waits.length === 0) {
      this.pendingCancel = error;
      this.#selfCancelled = bySelf;
      return;
    }
    this.cancelDelivered(error);
    const before = this.telling;
    this.telling = error;
    for (const wait of waits) {
      wait.cancelWait(error);
      if (passedOn()) yield;
    }
    this.telling = before;
    this.#delivering = true;
    soon(() => (this.#delivering = false));
  }

  /** How many `cancel()` requests have not been taken back by `uncancel()`. */
  cancelling(): number {
    return this.#cancelling;
  }

  /**
   * Takes one request back, for code that stopped the task on purpose and goes on; at zero an undelivered one is
   * dropped. Returns what is left.
   */
  uncancel(): number {
    if (this.#cancelling > 0 && --this.#cancelling === 0) this.pendingCancel = undefined;
    return this.#cancelling;
  }

  /**
   * Where it is: outside debug mode nothing while it runs, since V8 cannot show a suspended function; in debug mode
   * where it waits, then where it was created. For a failed task the frames of its error.
   */
  getStack(options: GetStackOptions = {}): string[] {
    checkOptions(options, getStackChecks, 'task.getStack()');
    const frames: string[] = [];
    if (this.done()) {
      const error = this.cancelled() || this.state !== 'finished' ? undefined : this.exceptionNow();
      if (error instanceof Error) frames.push(...framesOf(error.stack));
    } else {
      for (const site of sitesIn(this.scope)) frames.push(...framesOf(site));
      frames.push(...framesOf(this.creationStack));
    }
    return options.limit === undefined ? frames : frames.slice(0, options.limit);
  }

  /** @throws InvalidStateError always: a task is completed by its function. */
  override setResult(): void {
    throw new InvalidStateError('Task does not support setResult(): its function gives the result');
  }

  /** @throws InvalidStateError always: a task is completed by its function. */
  override setException(): void {
    throw new InvalidStateError('Task does not support setException(): its function gives the result');
  }

  override toString(): string {
    return `task ${JSON.stringify(this.name)}`;
  }

  override get [Symbol.toStringTag](): string {
    return 'Task';
  }

  protected override describe(): string {
    const cancelling = !this.done() && (this.#cancelling > 0 || this.scope.cancelled !== undefined);
    const waits = [...waitsIn(this.scope)];
    const waiting = waits.length === 0 ? '' : `waits for ${waits.join(' and ')}, `;
    return `${JSON.stringify(this.name)}, ${cancelling ? 'cancelling, ' : ''}${waiting}`;
  }

  protected override checkAwait(scope: Scope): void {
    if (scope.task === this) throw new InvalidStateError(`Task cannot await itself: ${this.name}`);
  }

  /** For the library: runs its first step; the caller is a microtask that does nothing else. */
  startInJob(): void {
    if (!this.#mayStart()) return;
    enterScopeOfJob(this.scope);
    this.runFunction();
  }

  /** For the library: runs its first step now. */
  start(): void {
    if (this.#mayStart()) enterScope(this.scope, runStep, this as Task);
  }

  #mayStart(): boolean {
    if (this.done()) return false;
    const error = this.scope.cancelled;
    if (error !== undefined) {
      this.#finishCancelled(error);
      return false;
    }
    this.setRunning();
    if (taskStart.hasSubscribers) taskStart.publish({ task: this });
    return true;
  }

  /** For `start`, inside the scope. */
  runFunction(): void {
    const fn = this.#fn as TaskFunction<T>;
    this.#fn = undefined;
    let result: T | PromiseLike<T>;
    let promise: Promise<T> | undefined;
    try {
      result = fn();
      promise = toPromise(result);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (promise === undefined) this.#succeed(result as T);
    else void promise.then(Task.#succeeded, Task.#failed);
  }

  scopeCancelled(scope: Scope, error: CancelledError): void {
    if (scope !== this.scope || this.state !== 'pending') return;
    this.markRetrieved();
    this.#end();
    this.setCancelled(error);
  }

  cancelDelivered(error: CancelledError): void {
    if (isDebug()) cancellationDelivered(this, error);
  }

  waitRefused(error: CancelledError): void {
    if (isDebug()) waitRefused(this, error);
  }

  // What a promise of the platform calls back is in the async context of its `then`: the task is found in there, and
  // need not be kept by two closures each.
  static readonly #succeeded = (value: unknown): void => (currentTask() as Task).#succeed(value);
  static readonly #failed = (error: unknown): void => (currentTask() as Task).#fail(error);

  #succeed(value: T): void {
    const pending = this.pendingCancel;
    // Somebody else's cancel that found no wait must not cost what the last wait handed over; its own does.
    if (pending !== undefined && (this.#selfCancelled || !this.carrying)) this.#finishCancelled(pending);
    else {
      if (isDebug() && (this.#cancelling > 0 || this.scope.cancelled !== undefined)) endedAllTheSame(this);
      this.#end();
      super.setResult(value);
    }
  }

  #fail(error: unknown): void {
    if (error instanceof CancelledError) this.#finishCancelled(error);
    else if (isAbortError(error) && (this.scope.cancelled ?? this.pendingCancel) !== undefined) {
      this.#finishCancelled((this.scope.cancelled ?? this.pendingCancel) as CancelledError);
    } else {
      this.#end();
      super.setException(error);
    }
  }

  #finishCancelled(error: CancelledError): void {
    this.#end();
    this.setCancelled(error);
  }

  #end(): void {
    this.#fn = undefined;
    this.pendingCancel = undefined;
    this.scope.close();
    this.scope = ENDED;
    // The outcome is set right after this, by the same call.
    if (taskEnd.hasSubscribers) soon(() => taskEnd.publish({ task: this }));
  }
}

function runStep(task: Task): void {
  task.runFunction();
}

/** For the library: checks the arguments and makes a task that has not started. */
export function makeTask<T>(fn: TaskFunction<T>, options: TaskOptions | undefined, place: TaskPlace): Task<T> {
  if (typeof fn !== 'function') {
    const hint = isThenable(fn as unknown) ? ' (not its promise: that has started already, outside the scope)' : '';
    throw new InvalidOptionError('fn', `an async function${hint}`, fn);
  }
  prepareJobs();
  return new Task<T>(MAKE, fn, options?.name, place);
}

/** The task this code runs in; undefined outside. */
export function currentTask(): Task | undefined {
  return currentScope()?.task as Task | undefined;
}
