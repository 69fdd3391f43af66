/**
 * The tree of regions that can be cancelled. The current scope is what the one `AsyncLocalStorage` holds, so it is
 * also where the current task, its context variables and its loop are found.
 *
 * States: a scope is open, cancelled (`own`, by somebody calling `cancel` on it, or `inherited`, from a scope
 * around it) or closed. Cancellation is level-triggered: it stays until the scope is left. The first error wins.
 *
 * Who writes what: `task`, `owner`, `loop`, `shield` and `shielded` are fixed when it is made. The links are written by
 * the parent (`parent`, `firstChild`, `next`, `previous`) and by the waits parked in it (`firstParked`).
 * `own` is written by `cancel`, `inherited` by the scope around it; they only go from undefined to an error.
 *
 * Lists are intrusive and not `Set`s: parking and unparking is what every wait does.
 */
import type { CancelledError } from '../errors.ts';
import { passedOn, tell } from './cancel-walk.ts';

/** What a scope needs to know of the task that runs in it. */
export interface ScopeTask {
  /** How many explicit cancels have not been taken back. */
  cancelling(): number;
  readonly name: string;
  /** An explicit `cancel()` that no wait has delivered yet: edge-triggered, once. */
  pendingCancel: CancelledError | undefined;
  /** The last wait did something that would be lost, or denied, if the task were declared cancelled: it got or put. */
  carrying: boolean;
  /** The cancellation its waits are being told of, while they are. If it comes to the task again, it went in a circle. */
  telling: CancelledError | undefined;
  /** Debug mode: called when waits were ended by a cancellation. */
  cancelDelivered(error: CancelledError): void;
  /** Debug mode: called when a wait is refused because of a cancellation. */
  waitRefused(error: CancelledError): void;
  /** One of its scopes became cancelled; told once, after everything that waits in it. */
  scopeCancelled(scope: Scope, error: CancelledError): void;
}

/** Values by `ContextVar`, or by name where they came from another thread. Never changed in place. */
export type ContextVariables = ReadonlyMap<object | string, unknown>;

/** Where context variables are kept: the outermost scope of a task, a job, or what is outside both. */
export interface ContextPlace {
  variables: ContextVariables | undefined;
}

/** What a scope needs to know of its loop. */
export interface ScopeLoop {
  readonly debug: boolean;
}

/** Something that waits in a scope and can be told that the scope is cancelled. */
export interface Parked {
  next: Parked | undefined;
  previous: Parked | undefined;
  /** Undo the wait and reject with the error. Must tolerate being done already. */
  cancelWait(error: CancelledError): void;
  /** The scope is left while this still waits in it. */
  abandonWait(): void;
  /** For reports: what it waits for. */
  describe(): string;
}

export interface ScopeOptions {
  /** Whose context variables this one shares; its own if undefined. */
  readonly owner?: ContextPlace | undefined;
  /** Hides the cancellation of the scopes around it. */
  readonly shield?: boolean;
}

const SHIELD = 1;
const SHIELDED = 2;
const CLOSED = 4;

export class Scope {
  /** The nearest around it that is open. */
  parent: Scope | undefined = undefined;
  readonly task: ScopeTask | undefined;
  readonly loop: ScopeLoop | undefined;
  /** Holds the context variables: the task's outermost scope, or that of a block outside every task; else the job. */
  readonly owner: ContextPlace;
  variables: ContextVariables | undefined = undefined;
  own: CancelledError | undefined = undefined;
  inherited: CancelledError | undefined = undefined;
  controller: AbortController | undefined = undefined;
  firstChild: Scope | undefined = undefined;
  next: Scope | undefined = undefined;
  previous: Scope | undefined = undefined;
  firstParked: Parked | undefined = undefined;
  /** In one field, because every task makes a scope. */
  #flags = 0;

  constructor(
    parent: Scope | undefined,
    task: ScopeTask | undefined,
    loop: ScopeLoop | undefined,
    options?: ScopeOptions,
  ) {
    this.task = task;
    this.loop = loop;
    this.owner = options?.owner ?? this;
    const shield = options?.shield === true;
    if (shield) this.#flags = SHIELD | SHIELDED;
    if (parent === undefined) return;
    if (!shield) {
      this.inherited = parent.inherited ?? parent.own;
      if (parent.task === task) this.#flags = parent.#flags & SHIELDED;
    }
    this.#enter(parent);
  }

  /**
   * Code that a block began and left behind runs on in a scope that is closed. Nothing hangs under that: it would be kept
   * for as long, and what cancels the scopes around it would not get there.
   */
  #enter(around: Scope | undefined): void {
    let parent = around;
    while (parent !== undefined && parent.closed) parent = parent.parent;
    this.parent = parent;
    this.previous = undefined;
    const next = parent?.firstChild;
    this.next = next;
    if (next !== undefined) next.previous = this;
    if (parent !== undefined) parent.firstChild = this;
  }

  get shield(): boolean {
    return (this.#flags & SHIELD) !== 0;
  }

  /** A shield lies between this scope and its task's outermost one. */
  get shielded(): boolean {
    return (this.#flags & SHIELDED) !== 0;
  }

  get closed(): boolean {
    return (this.#flags & CLOSED) !== 0;
  }

  /** The error every wait in here ends with; undefined while not cancelled. */
  get cancelled(): CancelledError | undefined {
    return this.inherited ?? this.own;
  }

  /**
   * The error a wait that begins now must end with. Takes a task's pending explicit cancel, which is delivered
   * once; a cancelled scope goes on refusing.
   */
  takeCancellation(): CancelledError | undefined {
    const task = this.task;
    let error = this.inherited ?? this.own;
    if (task !== undefined) {
      if (error === undefined && task.pendingCancel !== undefined && !this.shielded) {
        error = task.pendingCancel;
        task.pendingCancel = undefined;
      }
      task.carrying = false;
      if (error !== undefined) task.waitRefused(error);
    }
    return error;
  }

  /** Cancels this scope and all in it that is not shielded. False when that was done before or it is closed. */
  cancel(error: CancelledError): boolean {
    if (this.own !== undefined || this.closed) return false;
    this.own = error;
    if (this.inherited === undefined) tell(deliver([this], error));
    return true;
  }

  /** Takes the cancellation of the scope around it. False when it has that already, is shielded or closed. */
  inherit(error: CancelledError): boolean {
    if (this.inherited !== undefined || this.shield || this.closed) return false;
    // Cancelled by itself before: its waits are gone, but those in it must learn whose cancel wins.
    this.inherited = error;
    return true;
  }

  /** For an explicit cancel of its task, which is delivered once: aborts the signals and gives the waits to be ended. */
  interrupt(error: CancelledError): Parked[] {
    const scopes =
      this.firstChild === undefined ? [this] : this.within((child) => child.task === this.task && !child.shield);
    for (const scope of scopes) {
      scope.abortSignal(error);
      scope.controller = undefined;
    }
    return scopes.length === 1 ? this.parked() : scopes.flatMap((scope) => scope.parked());
  }

  /** Ends the life of the scope: whatever still waits in it is withdrawn, what is open in it goes to its parent. */
  close(): void {
    if (this.closed) return;
    this.#flags |= CLOSED;
    if (this.firstParked !== undefined) {
      for (const parked of this.parked()) parked.abandonWait();
    }
    if (this.previous === undefined) {
      if (this.parent?.firstChild === this) this.parent.firstChild = this.next;
    } else this.previous.next = this.next;
    if (this.next !== undefined) this.next.previous = this.previous;
    this.next = this.previous = undefined;
    if (this.firstChild === undefined) return;
    for (const child of this.children()) child.#enter(this.parent);
    this.firstChild = undefined;
  }

  park(parked: Parked): void {
    const first = this.firstParked;
    parked.next = first;
    if (first !== undefined) first.previous = parked;
    this.firstParked = parked;
  }

  unpark(parked: Parked): void {
    const { next, previous } = parked;
    if (previous !== undefined) previous.next = next;
    else if (this.firstParked === parked) this.firstParked = next;
    else return;
    if (next !== undefined) next.previous = previous;
    parked.next = parked.previous = undefined;
  }

  /** What waits in this scope itself, first come first. A copy: waits leave while they are told. */
  parked(): Parked[] {
    const all: Parked[] = [];
    for (let parked = this.firstParked; parked !== undefined; parked = parked.next) all.push(parked);
    return all.reverse();
  }

  /** The scopes directly in this one, oldest first. */
  children(): Scope[] {
    const all: Scope[] = [];
    for (let child = this.firstChild; child !== undefined; child = child.next) all.push(child);
    return all.reverse();
  }

  /** This scope and those in it that `enters` lets in, each before what is in it, the oldest first. */
  within(enters: (child: Scope) => boolean): Scope[] {
    const all: Scope[] = [];
    const rest: Scope[] = [this];
    for (let scope = rest.pop(); scope !== undefined; scope = rest.pop()) {
      all.push(scope);
      for (let child = scope.firstChild; child !== undefined; child = child.next) if (enters(child)) rest.push(child);
    }
    return all;
  }

  abortSignal(error: CancelledError): void {
    const controller = this.controller;
    if (controller !== undefined && !controller.signal.aborted) controller.abort(error);
  }
}

/** Tells scopes and those in them, one generator for all that are side by side. `children` have to inherit it first. */
function* deliver(scopes: Scope[], error: CancelledError, children = false): Generator<void, void> {
  for (const scope of scopes) {
    if (children && !scope.inherit(error)) continue;
    const { task } = scope;
    scope.abortSignal(error);
    const before = task?.telling;
    if (task !== undefined) task.telling = error;
    if (scope.firstParked !== undefined) {
      task?.cancelDelivered(error);
      for (const parked of scope.parked()) {
        parked.cancelWait(error);
        if (passedOn()) yield;
      }
    }
    if (scope.firstChild !== undefined) {
      tell(deliver(scope.children(), error, true));
      yield;
    }
    if (task === undefined) continue;
    task.scopeCancelled(scope, error);
    task.telling = before;
  }
}
