import { AsyncResource } from 'node:async_hooks';
import { InvalidStateError } from '../errors.ts';
import { enterContext, type HeldContext } from './context.ts';
import { awaitsTurn, fairTurn, handedOver } from './fair-turn.ts';
import type { Future, FutureListener } from './future.ts';
import { startAfterNext } from './start.ts';
import type { Task } from './task.ts';

/** What the children of a group tell it. */
export interface ChildEvents {
  childFailed(error: unknown): void;
  /** One has ended, in whatever way; told last. */
  childEnded(): void;
}

/** The children of a task group: how many there are, and whose turn it is when their number is limited. */
export class GroupChildren {
  readonly #limit: number;
  readonly #events: ChildEvents;
  /** Not ended, daemons apart. */
  size = 0;
  daemons = 0;
  #running = 0;
  #firstWaiting: Child | undefined;
  #lastWaiting: Child | undefined;
  #starting = false;

  constructor(limit: number, events: ChildEvents) {
    this.#limit = limit;
    this.#events = events;
  }

  /** Takes a task that has not started. `ready` is told if it ends before it said that it is ready. */
  add(task: Task, options: { daemon?: boolean | undefined; eager?: boolean | undefined }, ready?: Future): void {
    const child = new Child(this, task, options.daemon === true, ready);
    if (child.daemon) this.daemons++;
    else this.size++;
    task.listen(child);
    if (!child.daemon && this.#running >= this.#limit) {
      this.#enqueue(child);
      return;
    }
    child.begun = true;
    if (!child.daemon) this.#running++;
    if (options.eager === true) task.start();
    // A step later than other tasks: a block that throws right after this cancels the child before it runs.
    else startAfterNext(task);
  }

  ended(child: Child): void {
    const failure = child.task.hasException() ? { error: child.task.exceptionNow() } : undefined;
    const toldStarter = child.ready !== undefined && !child.ready.done();
    if (toldStarter) child.tellStarter(failure);
    else if (failure !== undefined) this.#events.childFailed(failure.error);
    if (child.daemon) this.daemons--;
    else {
      this.size--;
      if (child.begun) {
        this.#running--;
        this.#startNext();
      } else this.#dequeue(child);
    }
    this.#events.childEnded();
  }

  #startNext(): void {
    // A function that is not async ends within its start: the loop below goes on then, not one inside of it.
    if (this.#starting) return;
    if (this.#firstWaiting !== undefined && awaitsTurn()) {
      void fairTurn().then(() => this.#startNext());
      return;
    }
    this.#starting = true;
    for (let next = this.#firstWaiting; next !== undefined && this.#running < this.#limit; next = this.#firstWaiting) {
      this.#dequeue(next);
      this.#running++;
      handedOver(1);
      next.begin();
    }
    this.#starting = false;
  }

  #enqueue(child: Child): void {
    child.context = new AsyncResource('offloop:task');
    child.previous = this.#lastWaiting;
    if (this.#lastWaiting === undefined) this.#firstWaiting = child;
    else this.#lastWaiting.next = child;
    this.#lastWaiting = child;
  }

  #dequeue(child: Child): void {
    const { next, previous } = child;
    if (previous === undefined) this.#firstWaiting = next;
    else previous.next = next;
    if (next === undefined) this.#lastWaiting = previous;
    else next.previous = previous;
    child.next = child.previous = undefined;
  }
}

class Child implements FutureListener {
  readonly #children: GroupChildren;
  readonly task: Task;
  readonly daemon: boolean;
  readonly ready: Future | undefined;
  /** It has, or had, one of the places. */
  begun = false;
  /** Of one that waits for its turn: the async context it was created in. */
  context: HeldContext | undefined = undefined;
  next: Child | undefined = undefined;
  previous: Child | undefined = undefined;

  constructor(children: GroupChildren, task: Task, daemon: boolean, ready: Future | undefined) {
    this.#children = children;
    this.task = task;
    this.daemon = daemon;
    this.ready = ready;
  }

  futureDone(): void {
    this.#children.ended(this);
  }

  /** Its turn has come. */
  begin(): void {
    this.begun = true;
    const context = this.context as HeldContext;
    this.context = undefined;
    enterContext(context, startTask, this.task);
  }

  tellStarter(failure: { readonly error: unknown } | undefined): void {
    const ready = this.ready as Future;
    if (failure !== undefined) ready.setException(failure.error);
    else if (this.task.cancelled()) ready.cancel('The task was cancelled before it was ready');
    else ready.setException(new InvalidStateError('The task ended without saying that it was ready'));
  }
}

function startTask(task: Task): void {
  task.startInJob();
}
