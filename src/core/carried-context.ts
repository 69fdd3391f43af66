import { AsyncLocalStorage } from 'node:async_hooks';

/** Context variables that came with a job: who sets one changes it for the rest of the job only. */
export interface CarriedContext {
  variables: ReadonlyMap<object | string, unknown>;
}

// On globalThis: what runs the worker is one copy of the package, what the task imports may be another.
const KEY = Symbol.for('offloop.context');
const place = globalThis as { [KEY]?: AsyncLocalStorage<CarriedContext> };

/** What came with the job this code runs in; undefined in a program, and in jobs that brought nothing. */
export function carriedContext(): CarriedContext | undefined {
  return place[KEY]?.getStore();
}

/** For the workers: calls `fn` with variables that came from another thread. What it sets stays in there. */
export function runWithContext<R>(entries: readonly (readonly [name: string, value: unknown])[], fn: () => R): R {
  return (place[KEY] ??= new AsyncLocalStorage()).run({ variables: new Map<object | string, unknown>(entries) }, fn);
}
