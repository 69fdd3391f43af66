/**
 * Debug mode: names tasks that catch a `CancelledError` and go on as if there had been none. Kept beside the tasks, so
 * that one costs nothing for it while nobody looks.
 */
import type { CancelledError } from '../errors.ts';
import { reportWarning } from './debug.ts';
import type { ScopeTask } from './scope.ts';
import { rememberedStack } from './stacks.ts';

interface Delivery {
  error: CancelledError;
  warned: boolean;
}

const deliveries = new WeakMap<ScopeTask, Delivery>();

/** Waits of `task` were ended by `error`; several, where it had begun several side by side. */
export function cancellationDelivered(task: ScopeTask, error: CancelledError): void {
  const delivery = deliveries.get(task);
  if (delivery === undefined) deliveries.set(task, { error, warned: false });
  else delivery.error = error;
}

/** A wait of `task` was refused because of `error`. One that had been delivered means that it went on. */
export function waitRefused(task: ScopeTask, error: CancelledError): void {
  const delivery = deliveries.get(task);
  if (delivery?.error === error) {
    warn(task, delivery, 'went on waiting. Let it through, or put clean-up that waits into shield()');
  } else cancellationDelivered(task, error);
}

/** `task` ends with a result although a cancellation that was not taken back was delivered to it. */
export function endedAllTheSame(task: ScopeTask): void {
  const delivery = deliveries.get(task);
  if (delivery !== undefined) {
    warn(task, delivery, 'ended as if there had been none. Let it through, or call uncancel()');
  }
}

function warn(task: ScopeTask, delivery: Delivery, what: string): void {
  if (delivery.warned) return;
  delivery.warned = true;
  reportWarning(`${task.name} caught a CancelledError and ${what}`, rememberedStack(task));
}
