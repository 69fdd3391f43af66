/**
 * When tasks begin: each in a microtask of its own, in the async context of whoever made it; now and then after a turn of
 * the loop.
 *
 * Microtasks run in the order they were asked for. So the n-th that is asked for here begins the n-th task, the same
 * function does for all, and a task that waits costs a promise and a place in a line. Not `queueMicrotask`: that makes
 * an `AsyncResource` each time.
 */
import { fairTurn, handedOver } from './fair-turn.ts';
import { Fifo } from './fifo.ts';

interface Beginner {
  startInJob(): void;
}

const next = new Fifo<Beginner>();
const afterNext = new Fifo<Beginner>();
/** Resolved by the microtask after the one that runs. */
let step: Promise<void> | undefined;

/** Begins `task` in a microtask. */
export function startSoon(task: Beginner): void {
  next.add(task);
  void fairTurn().then(startNext);
}

/** A step later than `startSoon`: what the code that runs now does last still comes before it. */
export function startAfterNext(task: Beginner): void {
  afterNext.add(task);
  // One for all that are made meanwhile.
  step ??= fairTurn().then(endStep);
  void step.then(startOneAfterNext);
}

function startNext(): void {
  handedOver(1);
  next.take().startInJob();
}

function endStep(): void {
  step = undefined;
}

function startOneAfterNext(): void {
  handedOver(1);
  afterNext.take().startInJob();
}
