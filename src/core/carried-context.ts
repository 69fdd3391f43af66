import { AsyncLocalStorage } from 'node:async_hooks';
import type { ContextPlace } from './scope.ts';

// On globalThis: what runs the worker is one copy of the package, what the task imports may be another.
const CARRIED = Symbol.for('offloop.context');
const OUTSIDE = Symbol.for('offloop.context.outside');
const shared = globalThis as { [CARRIED]?: AsyncLocalStorage<ContextPlace>; [OUTSIDE]?: ContextPlace };

/** What is set outside every task and block, and by jobs that brought nothing. */
const outside: ContextPlace = (shared[OUTSIDE] ??= { variables: undefined });

/** What came with the job this code runs in; undefined in a program, and in jobs that brought nothing. */
export function carriedContext(): ContextPlace | undefined {
  return shared[CARRIED]?.getStore();
}

/** Where code outside every task and block keeps its context variables, a job for one. */
export function placeOutside(): ContextPlace {
  return carriedContext() ?? outside;
}

/** For the workers: calls `fn` with variables that came from another thread. What it sets stays in there. */
export function runWithContext<R>(entries: readonly (readonly [name: string, value: unknown])[], fn: () => R): R {
  return (shared[CARRIED] ??= new AsyncLocalStorage()).run(
    { variables: new Map<object | string, unknown>(entries) },
    fn,
  );
}
