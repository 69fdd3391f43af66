import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { Scope } from './scope.ts';

// Made by the first task or scope: on Node 20 and 22 one live instance makes every promise of the process dearer, and a
// program that only uses pools has no need of it.
let storage: AsyncLocalStorage<Scope> | undefined;
/** Node writes the async context into every promise, as 20 and 22 do while a storage is in use. */
let promisesHoldContext = false;

/** The scope this code runs in; undefined outside every task and scope. */
export function currentScope(): Scope | undefined {
  return storage === undefined ? undefined : storage.getStore();
}

/**
 * Before a microtask is asked for in which `enterScopeOfJob` will be called. Node 20 and 22 give a promise a context of
 * its own only while some storage is in use; in the microtask of an earlier one a scope would be entered for all code
 * outside, for good.
 */
export function prepareJobs(): void {
  if (storage !== undefined) return;
  makeStorage().enterWith(undefined as unknown as Scope);
}

/** Calls `fn(argument)` with `scope` as the current one. */
export function enterScope<A, R>(scope: Scope, fn: (argument: A) => R, argument: A): R {
  return (storage ?? makeStorage()).run(scope, fn, argument);
}

/**
 * Makes `scope` the current one for the rest of this microtask. Only for callbacks that are a microtask of their own: what
 * comes after them has its own context again. On Node 24 `run` makes two context frames, this one.
 */
export function enterScopeOfJob(scope: Scope): void {
  (storage ?? makeStorage()).enterWith(scope);
}

function makeStorage(): AsyncLocalStorage<Scope> {
  storage = new AsyncLocalStorage();
  promisesHoldContext = tryPromise(storage, {} as Scope);
  return storage;
}

/**
 * An async context, our scope and the storages of others, to be entered later with `enterContext`: an `AsyncResource`, or
 * a promise that does for one.
 */
export type HeldContext = AsyncResource;

const { runInAsyncScope } = AsyncResource.prototype;

/**
 * The async context here and now, in which `promise` has just been made. Where Node writes the context into promises,
 * that one is all it takes; an `AsyncResource` costs more than a promise.
 */
export function holdContext(promise?: Promise<unknown>): HeldContext {
  return promisesHoldContext
    ? ((promise ?? Promise.resolve()) as unknown as HeldContext)
    : new AsyncResource('offloop:wait');
}

/** Calls `fn(argument)` in a context that was held. */
export function enterContext<A>(context: HeldContext, fn: (argument: A) => void, argument: A): void {
  runInAsyncScope.call(context, fn as (argument: unknown) => void, undefined, argument);
}

/**
 * Whether a promise can be entered like an `AsyncResource`. Tried only if it bears the marks of Node's hook: a resource
 * without an id would end the process.
 *
 * The promise that is tried also shows V8 that each mark may hold anything, before it has compiled the hook: for a mark
 * that has always held numbers it makes an object a number, for one that has always held scopes it looks again each time.
 * That is a sixth of what the hook costs every promise of the process.
 */
function tryPromise(storage: AsyncLocalStorage<Scope>, probe: Scope): boolean {
  const promise = storage.run(probe, () => Promise.resolve()) as unknown as Record<symbol, unknown> & AsyncResource;
  const marks = Object.getOwnPropertySymbols(promise);
  const isId = (mark: symbol): boolean => mark.description === 'async_id_symbol' && Number(promise[mark]) > 0;
  if (!marks.some(isId) || !marks.some((mark) => promise[mark] === probe)) return false;
  const entered = runInAsyncScope.call(promise, () => storage.getStore());
  for (const mark of marks) promise[mark] = undefined;
  return entered === probe;
}
