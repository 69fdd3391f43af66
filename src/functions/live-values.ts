import { readScopes, type LiveScope } from './inspector.ts';
import type { Scope, Syntax, SyntaxNode, Variable } from './syntax.ts';

/** How to find a variable among the scopes V8 shows for a function; needs no syntax tree once made. */
export interface Locator {
  readonly name: string;
  /**
   * V8 lists the scopes that hold anything captured, without saying which is which in the source. A name declared once
   * around the function is found by name; a shadowed one is the innermost or the outermost that has it.
   */
  readonly pick: 'innermost' | 'outermost' | 'module' | 'global' | 'ambiguous';
  /** `undefined` means the declaration has not run: Node 20 shows a variable in its dead zone so. */
  readonly neverUndefined: boolean;
}

/** A variable as it is now. */
export type LiveValue = { readonly state: 'found'; readonly value: unknown } | { readonly state: 'unset' | 'missing' };

/** The scopes of one function object, read when first needed. */
export class LiveValues {
  readonly #fn: Function;
  #scopes: readonly LiveScope[] | undefined;
  #read = false;

  constructor(fn: Function) {
    this.#fn = fn;
  }

  /** `undefined` where there is no inspector. */
  get scopes(): readonly LiveScope[] | undefined {
    if (!this.#read) {
      this.#read = true;
      this.#scopes = readScopes(this.#fn);
    }
    return this.#scopes;
  }

  /** Whether the function was made by an ES module. */
  get inModule(): boolean | undefined {
    return this.scopes?.some(({ description }) => description === 'Module');
  }

  find({ name, pick, neverUndefined }: Locator): LiveValue {
    if (pick === 'global') return { state: 'found', value: (globalThis as Record<string, unknown>)[name] };
    const holders = (this.scopes ?? []).filter(
      ({ description, object }) => description !== 'Global' && Object.hasOwn(object, name),
    );
    const scope =
      pick === 'module'
        ? holders.find(({ description }) => description === 'Module')
        : holders.at(pick === 'outermost' ? -1 : 0);
    if (scope === undefined || pick === 'ambiguous') return { state: 'missing' };
    const live = readVariable(scope, name);
    return live.state === 'found' && live.value === undefined && neverUndefined ? { state: 'unset' } : live;
  }
}

function readVariable(scope: LiveScope, name: string): LiveValue {
  try {
    return { state: 'found', value: scope.object[name] };
  } catch (error) {
    // V8 throws a ReferenceError for a variable whose declaration has not run yet; nothing else can throw here.
    if (error instanceof ReferenceError) return { state: 'unset' };
    throw error;
  }
}

/** Works out where V8 will show a variable that is declared around `target`. */
export function locate(variable: Variable, target: SyntaxNode, syntax: Syntax, neverUndefined: boolean): Locator {
  const { name, scope } = variable;
  if ((scope.type as string) === 'module') return { name, pick: 'module', neverUndefined };
  let inside = 0;
  let outside = 0;
  let passed = false;
  for (let current = scopeAround(target, syntax); current !== null; current = current.upper) {
    if (current === scope) passed = true;
    else if (current.set.has(name) && passed) outside += 1;
    else if (current.set.has(name)) inside += 1;
  }
  const pick = inside === 0 ? 'innermost' : outside === 0 ? 'outermost' : 'ambiguous';
  return { name, pick, neverUndefined };
}

/** The scope a function's or class's node stands in. */
export function scopeAround(node: SyntaxNode, syntax: Syntax): Scope | null {
  return syntax.scopes.acquire(node as never)?.upper ?? null;
}
