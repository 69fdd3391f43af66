import { carriedContext } from './carried-context.ts';
import { currentScope, enterScope } from './context.ts';
import { currentVariables } from './context-var.ts';
import { getRunningLoop } from './loop.ts';
import { Scope } from './scope.ts';
import { toPromise } from './to-promise.ts';

/**
 * Opens a scope in the current one, for the same task. Whoever opens it closes it.
 *
 * It shares the context variables of its task or job. Outside both it begins with a copy: what one block sets there, the
 * blocks that are open at the same time must not see.
 */
export function openScope(shield = false): Scope {
  const current = currentScope();
  const parent = current ?? getRunningLoop().root;
  const owner = current === undefined ? carriedContext() : current.owner;
  const scope = new Scope(parent, current?.task, parent.loop, { owner, shield });
  if (owner === undefined) scope.variables = currentVariables();
  return scope;
}

/**
 * Calls an async function in a scope. What it returns is awaited in there too: a future must be bound to the scope
 * that is left by it. A synchronous throw becomes a rejection.
 */
export function runIn<A, R>(scope: Scope, fn: (argument: A) => R | PromiseLike<R>, argument: A): Promise<R> {
  return enterScope(scope, callAndAdopt<A, R>, { fn, argument });
}

interface Call<A, R> {
  readonly fn: (argument: A) => R | PromiseLike<R>;
  readonly argument: A;
}

function callAndAdopt<A, R>({ fn, argument }: Call<A, R>): Promise<R> {
  try {
    const result = fn(argument);
    return toPromise(result) ?? Promise.resolve(result);
  } catch (error) {
    return Promise.reject<R>(error);
  }
}
