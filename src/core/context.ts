import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scope } from './scope.ts';

// Made by the first task or scope: on Node 20 and 22 one live instance adds about 200 ns to every await of the
// process, and a program that only uses pools has no need of it.
let storage: AsyncLocalStorage<Scope> | undefined;

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
  storage = new AsyncLocalStorage();
  storage.enterWith(undefined as never);
}

/** Calls `fn(argument)` with `scope` as the current one. */
export function enterScope<A, R>(scope: Scope, fn: (argument: A) => R, argument: A): R {
  return (storage ??= new AsyncLocalStorage()).run(scope, fn, argument);
}

/**
 * Makes `scope` the current one for the rest of this microtask. Only for callbacks that are a microtask of their own: what
 * comes after them has its own context again. On Node 24 `run` makes two context frames, this one.
 */
export function enterScopeOfJob(scope: Scope): void {
  (storage ??= new AsyncLocalStorage()).enterWith(scope);
}
