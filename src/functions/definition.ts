/**
 * How a function is named so that another thread or process can have it. Everything in here survives structured
 * clone and JSON.
 *
 * A definition is sent once per worker, under its `id`; a job then carries the id and, for slices, the captured
 * values of this function object.
 */
export type FunctionDefinition = ReferenceDefinition | SourceDefinition;

/** An export of a module: the worker imports the module and takes the export. */
export interface ReferenceDefinition {
  readonly kind: 'reference';
  readonly id: number;
  readonly name: string;
  /** Module URL, as `import()` takes it. */
  readonly url: string;
  readonly exportName: string;
}

/** The function's own text; it has no free variables. */
export interface SourceDefinition {
  readonly kind: 'source';
  readonly id: number;
  readonly name: string;
  /** An expression that evaluates to the function. */
  readonly source: string;
}

/** What `describe(fn)` finds out, once per function object. */
export interface FunctionDescription {
  readonly definition: FunctionDefinition;
  /** Values of captured variables, in the definition's order; absent when nothing is captured. */
  readonly captured?: readonly unknown[];
}
