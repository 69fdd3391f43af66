import { CancelledError, InvalidOptionError, InvalidStateError } from '../errors.ts';
import { isAbortError } from './abort-error.ts';
import { toCancelledError } from './cancellation.ts';
import { reportException } from './exception-handler.ts';
import { Future } from './future.ts';
import { GroupChildren, type ChildEvents } from './group-children.ts';
import { aBoolean, aLimit, checkOptions, oneOf, type Checks } from './options.ts';
import { openScope, runIn } from './run-scope.ts';
import { Scope, type Parked } from './scope.ts';
import { keepSuppressed } from './suppressed-errors.ts';
import { makeTask, taskChecks, type Task, type TaskFunction, type TaskOptions, type TaskPlace } from './task.ts';

export interface TaskGroupOptions {
  /** `'first'` (default): the first error is thrown as it is; `'all'`: always an `AggregateError` of all. */
  errors?: 'first' | 'all' | undefined;
  /** How many children run at once; the others wait for their turn. Default: no limit. */
  limit?: number | undefined;
}

export interface GroupTaskOptions extends TaskOptions {
  /** A daemon is cancelled when the block and the other children are done. */
  daemon?: boolean | undefined;
}

const taskGroupChecks: Checks<TaskGroupOptions> = { errors: oneOf('first', 'all'), limit: aLimit(1) };
const groupTaskChecks: Checks<GroupTaskOptions> = { ...taskChecks, daemon: aBoolean };

/**
 * What `createTask` of a cancelled group threw: code that waits for nothing of ours learns of the cancellation by it, and
 * has not failed.
 */
const refusals = new WeakSet<object>();

const NO_GROUP_OPTIONS: TaskGroupOptions = {};
const NO_OPTIONS: GroupTaskOptions = {};

/** What a `taskGroup` block creates its children with. */
export interface TaskGroup {
  /**
   * Runs a function as a child: the group does not end before it.
   * @throws InvalidStateError when the group is being cancelled or has ended.
   */
  createTask<T>(fn: TaskFunction<T>, options?: GroupTaskOptions): Task<T>;
  /**
   * Runs a child and waits until it says it is ready; gives what it said. A failure before that is thrown here and
   * not by the group.
   */
  start<T = void>(fn: (ready: (value: T) => void) => unknown, options?: GroupTaskOptions): Promise<T>;
  /**
   * Cancels the block and all children; the group then ends without an error. It gives `undefined` if that cut the block
   * off, whatever the block's type: who uses both asks for it (`taskGroup<T | undefined>(…)`).
   */
  cancel(reason?: unknown): void;
}

/**
 * Runs a block with child tasks and ends when all of them have ended, whatever happens. The first failure, of the
 * block or of a child, cancels the others; then it is thrown, and the further ones are in
 * `suppressedErrors(error)`. A child that was cancelled is no failure. Gives what the block returns. A block that
 * `tg.cancel()` cut off has returned nothing: that is `undefined`, which the type leaves out for all who never cancel.
 *
 * @example
 * const sum = await taskGroup(async (tg) => {
 *   const one = tg.createTask(async () => 1);
 *   const two = tg.createTask(async () => 2);
 *   return (await one) + (await two);
 * });
 * console.log(sum); // 3
 *
 * @see https://docs.python.org/3/library/asyncio-task.html#task-groups
 */
export async function taskGroup<T>(fn: (tg: TaskGroup) => T | PromiseLike<T>, options?: TaskGroupOptions): Promise<T> {
  if (typeof fn !== 'function') throw new InvalidOptionError('fn', 'an async function (tg) => …', fn);
  checkOptions(options, taskGroupChecks, 'taskGroup()');
  const { errors = 'first', limit = Infinity } = options ?? NO_GROUP_OPTIONS;
  const scope = openScope();
  const group = new Group(scope, limit);
  let value: T | undefined;
  try {
    value = await runIn(scope, fn, group);
  } catch (error) {
    group.bodyFailed(error);
  }
  await group.ended();
  group.throwErrors(errors);
  return value as T;
}

class Group implements TaskGroup, ChildEvents {
  readonly #scope: Scope;
  readonly #daemons: Scope;
  readonly #place: TaskPlace;
  readonly #daemonPlace: TaskPlace;
  readonly #children: GroupChildren;
  readonly #cancellingAtEntry: number;
  readonly #errors: unknown[] = [];
  #bodyDone = false;
  #finished = false;
  /** A cancellation that came from outside, and that goes on outside. */
  #outer: CancelledError | undefined;
  #allEnded: (() => void) | undefined;

  constructor(scope: Scope, limit: number) {
    const { loop } = scope;
    this.#scope = scope;
    this.#daemons = new Scope(scope, undefined, loop, { owner: scope.owner });
    this.#place = { parent: scope, loop };
    this.#daemonPlace = { parent: this.#daemons, loop };
    this.#children = new GroupChildren(limit, this);
    this.#cancellingAtEntry = scope.task?.cancelling() ?? 0;
  }

  createTask<T>(fn: TaskFunction<T>, options?: GroupTaskOptions): Task<T> {
    if (options !== undefined) checkOptions(options, groupTaskChecks, 'tg.createTask()');
    return this.#create(fn, options, undefined);
  }

  start<T = void>(fn: (ready: (value: T) => void) => unknown, options?: GroupTaskOptions): Promise<T> {
    if (typeof fn !== 'function') throw new InvalidOptionError('fn', 'an async function (ready) => …', fn);
    checkOptions(options, groupTaskChecks, 'tg.start()');
    const ready = new Future<T>();
    const run = (): unknown =>
      fn((value) => {
        if (!ready.done()) ready.setResult(value);
      });
    const task = this.#create(run, options, ready);
    ready.addDoneCallback(() => {
      if (ready.cancelled()) task.cancel('start() was cancelled');
    });
    return ready.result();
  }

  #create<T>(fn: TaskFunction<T>, options: GroupTaskOptions | undefined, ready: Future | undefined): Task<T> {
    if (this.#finished) throw new InvalidStateError('TaskGroup is finished: its block has been left');
    const cause = this.#scope.cancelled;
    if (cause !== undefined) {
      const refusal = new InvalidStateError('TaskGroup is shutting down', { cause });
      refusals.add(refusal);
      throw refusal;
    }
    const task = makeTask(fn, options, options?.daemon === true ? this.#daemonPlace : this.#place);
    this.#children.add(task, options ?? NO_OPTIONS, ready);
    return task;
  }

  cancel(reason?: unknown): void {
    if (!this.#finished) this.#scope.cancel(toCancelledError(reason));
  }

  bodyFailed(error: unknown): void {
    const own = this.#scope.cancelled;
    if (error instanceof CancelledError || (own !== undefined && (isAbortError(error) || isRefusal(error)))) {
      // The group's own cancel has done its work; one that came from outside goes on there.
      if (this.#cancelledFromOutside() || own === undefined) {
        this.#outer = this.#scope.inherited ?? (error instanceof CancelledError ? error : own);
      }
      this.#scope.cancel(toCancelledError(error, 'parent'));
    } else this.#fail(error);
  }

  childFailed(error: unknown): void {
    if (this.#scope.cancelled === undefined || !isRefusal(error)) this.#fail(error);
  }

  childEnded(): void {
    this.#endIfAlone();
  }

  /** Waits, against every cancellation, until all children have ended. Tells them of those that come. */
  async ended(): Promise<void> {
    this.#bodyDone = true;
    const parent = this.#scope.parent as Scope;
    const watch = new ChildrenWait(
      (error) => this.#parentCancelled(error),
      () => this.#children.size + this.#children.daemons,
    );
    parent.park(watch);
    const { task } = this.#scope;
    if (task?.pendingCancel !== undefined && !this.#scope.shielded && this.#children.size > 0) {
      this.#parentCancelled(task.pendingCancel);
      task.pendingCancel = undefined;
    }
    try {
      await new Promise<void>((resolve) => {
        this.#allEnded = resolve;
        this.#endIfAlone();
      });
    } finally {
      parent.unpark(watch);
      this.#daemons.close();
      this.#scope.close();
    }
  }

  throwErrors(mode: 'first' | 'all'): void {
    const outer = this.#scope.inherited ?? this.#outer;
    if (this.#errors.length === 0) {
      if (outer !== undefined) throw outer;
      return;
    }
    // An explicit cancel of the task that met an error must not be lost: its next wait is cancelled.
    const task = this.#scope.task;
    if (task !== undefined && this.#explicitlyCancelled() && this.#outer !== this.#scope.inherited) {
      task.pendingCancel ??= this.#outer;
    }
    if (mode === 'all') throw new AggregateError(this.#errors, 'unhandled errors in a TaskGroup');
    const [first, ...others] = this.#errors;
    if (!keepSuppressed(first, others)) {
      for (const exception of others) reportException({ message: 'Further error in a TaskGroup', exception });
    }
    throw first;
  }

  #fail(error: unknown): void {
    this.#errors.push(error);
    this.#scope.cancel(toCancelledError(error, 'sibling'));
  }

  #parentCancelled(error: CancelledError): void {
    this.#outer ??= error;
    this.#scope.cancel(error);
  }

  #cancelledFromOutside(): boolean {
    return this.#scope.inherited !== undefined || this.#explicitlyCancelled();
  }

  #explicitlyCancelled(): boolean {
    return (this.#scope.task?.cancelling() ?? 0) > this.#cancellingAtEntry;
  }

  #endIfAlone(): void {
    const children = this.#children;
    if (!this.#bodyDone || children.size > 0) return;
    if (children.daemons > 0) this.#daemons.cancel(toCancelledError('The task group has ended', 'parent'));
    if (children.daemons > 0) return;
    // At once: a child made before the group's own wait goes on would be nobody's.
    this.#finished = true;
    this.#allEnded?.();
  }
}

function isRefusal(error: unknown): boolean {
  return refusals.has(error as object);
}

/** Stands in the scope around a group for the wait at its end: a cancellation is passed on, not obeyed. */
class ChildrenWait implements Parked {
  next: Parked | undefined = undefined;
  previous: Parked | undefined = undefined;
  readonly #onCancel: (error: CancelledError) => void;
  readonly #count: () => number;

  constructor(onCancel: (error: CancelledError) => void, count: () => number) {
    this.#onCancel = onCancel;
    this.#count = count;
  }

  cancelWait(error: CancelledError): void {
    this.#onCancel(error);
  }

  abandonWait(): void {}

  describe(): string {
    const count = this.#count();
    return `a task group with ${count} ${count === 1 ? 'child' : 'children'}`;
  }
}
