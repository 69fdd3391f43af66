/**
 * How a function is named so that another thread or process can have it. Everything in here survives structured clone;
 * references survive JSON, too.
 *
 * A definition is sent once per worker, under its `id`; a job then carries the id and, for slices, the captured
 * values of this function object.
 */
export type FunctionDefinition = ReferenceDefinition | SourceDefinition | SliceDefinition | ClosureDefinition;

interface DefinitionBase {
  /** Unique in the thread that describes; the same code has the same id. */
  readonly id: number;
  /** The function's own `name`. */
  readonly name: string;
}

/** An export of a module: the worker imports the module and takes the export. */
export interface ReferenceDefinition extends DefinitionBase {
  readonly kind: 'reference';
  /** Module URL, as `import()` takes it. */
  readonly url: string;
  readonly exportName: string;
}

/** The function's own text; it has no free variables. */
export interface SourceDefinition extends DefinitionBase {
  readonly kind: 'source';
  /** An expression that evaluates to the function. */
  readonly source: string;
  readonly strict: boolean;
  readonly origin?: CodeOrigin;
}

/** The function with the declarations it uses, cut out of its script; what is left of the script keeps its lines. */
export interface SliceDefinition extends DefinitionBase {
  readonly kind: 'slice';
  /** An expression that evaluates to `(modules, captured, classes, state) => function`. */
  readonly source: string;
  /** What the factory's `modules` array holds, in order. */
  readonly needs: readonly ModuleNeed[];
  /** How many values `captured` starts with; one more element, if there, says how to revive some of them. */
  readonly captureCount: number;
  /**
   * Which captured values are variables that live on in the worker, by a name of their own, and the script they belong to. The last
   * captured value is then the array of their versions.
   */
  readonly state?: { readonly script: number; readonly names: Readonly<Record<string, number>> };
  readonly origin: CodeOrigin;
}

/**
 * A slice with the values that one function object captured, where these can never be others: a worker makes the
 * function once, and jobs carry its id alone.
 */
export interface ClosureDefinition extends DefinitionBase {
  readonly kind: 'closure';
  readonly slice: SliceDefinition;
  readonly captured: readonly unknown[];
}

/** Where code was written, so that stacks from a worker name the user's file and line. */
export interface CodeOrigin {
  /** Script name as stack traces show it: a file URL for modules, a path for CommonJS. */
  readonly file: string;
  /** Zero-based line and column of the first character of `source` in that file. */
  readonly line: number;
  readonly column: number;
  /** The script's source map URL, when this process maps stacks. */
  readonly sourceMap?: string;
}

/** Something a slice gets from the module system of the worker, resolved against the module it was written in. */
export type ModuleNeed =
  | {
      readonly kind: 'import';
      readonly base: string;
      readonly specifier: string;
      readonly attributes?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'meta' | 'import-function' | 'require'; readonly base: string };

/**
 * How a worker restores what copying a captured value loses. `holders` are the objects to be changed, shared with the
 * values before it in the same array, so that one copy of that array keeps them the same objects.
 */
export interface Revivals {
  readonly holders: readonly unknown[];
  readonly entries: readonly Revival[];
}

/** `key` of holder `holder` is to be what the rest says; for instances the holder itself gets its class back. */
export type Revival =
  | (Slot & { readonly kind: 'function'; readonly function: FunctionDescription })
  | (Slot & { readonly kind: 'global'; readonly path: readonly string[] })
  | (Slot & { readonly kind: 'module'; readonly need: ModuleNeed; readonly exportName?: string })
  | { readonly kind: 'instance'; readonly holder: number; readonly of: FunctionDescription }
  /** Of a class the slice itself declares, by its start position there. */
  | { readonly kind: 'own-instance'; readonly holder: number; readonly classAt: number };

/** `holder` −1 is the array of captured values; in a Map `key` counts its entries. */
export interface Slot {
  readonly holder: number;
  readonly key: string | number;
}

/** What `describeFunction(fn)` finds out. */
export interface FunctionDescription {
  readonly definition: FunctionDefinition;
  /** Values of captured variables, in the definition's order; absent when nothing is captured. */
  readonly captured?: readonly unknown[];
}
