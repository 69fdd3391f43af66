import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scope } from './scope.ts';

// Made by the first task or scope: on Node 20 and 22 one live instance adds about 200 ns to every await of the
// process, and a program that only uses pools has no need of it.
let storage: AsyncLocalStorage<Scope> | undefined;

/** The scope this code runs in; undefined outside every task and scope. */
export function currentScope(): Scope | undefined {
  return storage === undefined ? undefined : storage.getStore();
}

/** Calls `fn(argument)` with `scope` as the current one. */
export function enterScope<A, R>(scope: Scope, fn: (argument: A) => R, argument: A): R {
  return (storage ??= new AsyncLocalStorage()).run(scope, fn, argument);
}

/** Whether anything has made the storage; tests and debug reports look. */
export function hasContext(): boolean {
  return storage !== undefined;
}
