import { AsyncLocalStorage } from 'node:async_hooks';
import { currentScope, enterScope } from './context.ts';
import { currentVariables } from './context-var.ts';
import { Scope } from './scope.ts';

/**
 * Gives `fn` a copy of the context variables as they are now: what it sets, the task it was added in does not see.
 * It runs outside every task and scope, so nothing it begins is cancelled with the task.
 */
export function copyContext<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
  const scope = currentScope();
  const variables = currentVariables();
  // A program that has neither tasks nor variables is to have no storage either.
  if (scope === undefined && variables === undefined) return fn;
  const copy = new Scope(undefined, undefined, scope?.loop);
  copy.variables = variables;
  return (...args) => enterScope(copy, () => fn(...args), undefined);
}

/** As `copyContext`, and binds the user's own `AsyncLocalStorage`s too, for callbacks that Node does not call. */
export function bindCallback<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
  return AsyncLocalStorage.bind<(...args: A) => R>(copyContext(fn));
}
