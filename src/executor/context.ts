import { captureContext } from '../core/context-var.ts';
import { SerializationError } from '../errors.ts';
import { findUnclonable } from '../transport/unclonable.ts';
import type { WireContext } from '../worker/protocol.ts';

/**
 * Carries context of another library into the workers, such as the trace a request belongs to.
 *
 * @example
 * const tracing: ContextHook<Record<string, string>> = {
 *   capture() {
 *     const carrier = {};
 *     propagation.inject(context.active(), carrier);
 *     return carrier; // { traceparent: '00-…' }
 *   },
 *   run: (carrier, call) => context.with(propagation.extract(ROOT_CONTEXT, carrier), call),
 * };
 */
export interface ContextHook<C = unknown> {
  /** Called at each submission, here. What it returns is copied; `undefined`: there is nothing to carry. */
  capture(): C | undefined;
  /**
   * Called in the worker around the task (for `map`: around the items that travel together). Must return what `call`
   * returns. It is sent there as any function is.
   */
  run<R>(carried: C, call: () => R): R;
}

/**
 * What a job takes along from where it is submitted, copied.
 * @throws SerializationError naming the variable that cannot travel.
 */
export function contextOfJob(hook: ContextHook | undefined): WireContext | undefined {
  const variables = captureContext();
  const carried = hook?.capture();
  if (variables === undefined && carried === undefined) return undefined;
  try {
    return structuredClone({ variables, carried });
  } catch (cause) {
    for (const [name, value] of variables ?? []) explain(value, `ContextVar ${JSON.stringify(name)}`, cause);
    explain(carried, 'what context.capture() returned', cause);
    throw cause;
  }
}

function explain(value: unknown, what: string, cause: unknown): void {
  const found = findUnclonable(value, 'value');
  if (found === undefined) return;
  const out = what.startsWith('ContextVar') ? '; make it { local: true } to keep it in this thread' : '';
  const reason = found.reason.replace(/,$/, '');
  const message = `${what} cannot be sent to a worker: ${found.path} is ${reason}${out}`;
  throw new SerializationError(found.path, message, { cause });
}
