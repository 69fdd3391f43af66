import type { Scope, ScopeManager, Reference, Variable } from 'eslint-scope';
import { CaptureError } from '../errors.ts';
import { nodeRequire } from './node-require.ts';

/** A syntax tree node, as loosely as it is walked here. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export type { Reference, Scope, Variable };
export type SourceType = 'module' | 'commonjs';

/** A parsed script with its scopes, and its functions by the position V8 gives them. */
export interface Syntax {
  readonly sourceType: SourceType;
  readonly program: SyntaxNode;
  readonly scopes: ScopeManager;
  /** Function, arrow and class nodes by V8's start position. */
  readonly functions: ReadonlyMap<number, SyntaxNode>;
  /** The node each function or class stands in. */
  readonly parents: ReadonlyMap<SyntaxNode, SyntaxNode>;
  /** Some code in the script calls eval directly: it may write to any variable. */
  readonly callsEval: boolean;
  /** Every use of a variable, in source order. */
  readonly references: readonly Reference[];
}

// Spelt `require('…')` where there is one, so that bundlers see what to put in; an ES module has none of its own.
declare const require: NodeJS.Require | undefined;

const NO_PARSER =
  'acorn and eslint-scope, which read functions that use something from outside, could not be loaded. In a bundle made ' +
  'by webpack or Rollup keep them as external modules and ship node_modules with it; when a program is out of file ' +
  'descriptors they are not found either.';

/**
 * Parses a script and resolves its variables. Throws acorn's SyntaxError for what acorn does not know.
 *
 * acorn and eslint-scope load when first needed (12 ms): a program whose functions go by reference never pays for them.
 */
export function parseScript(source: string, sourceType: SourceType): Syntax {
  // With `node -e` and in the REPL there is a global one, which looks in the wrong place.
  const bundled = typeof require === 'function' && require !== (globalThis as { require?: unknown }).require;
  let acorn: typeof import('acorn');
  let eslintScope: typeof import('eslint-scope');
  try {
    acorn = (bundled ? require('acorn') : nodeRequire('acorn')) as typeof import('acorn');
    eslintScope = (bundled ? require('eslint-scope') : nodeRequire('eslint-scope')) as typeof import('eslint-scope');
  } catch (cause) {
    throw new CaptureError(NO_PARSER, { cause });
  }
  const program = acorn.parse(source, {
    ecmaVersion: 'latest',
    sourceType,
    ranges: true,
    allowHashBang: true,
    allowAwaitOutsideFunction: sourceType === 'module',
    allowSuperOutsideMethod: true,
    checkPrivateFields: false,
  }) as unknown as SyntaxNode;
  const scopes = eslintScope.analyze(program as never, {
    ecmaVersion: 2022,
    sourceType,
    // One eval anywhere would leave every variable around it unresolved; code that calls eval itself is refused.
    ignoreEval: true,
  });
  const { functions, parents, callsEval } = indexNodes(program, source);
  const references = scopes.scopes.flatMap((scope) => scope.references).sort((a, b) => startOf(a) - startOf(b));
  return { sourceType, program, scopes, functions, parents, references, callsEval };
}

/** Where a reference's identifier starts. */
export function startOf(reference: Reference): number {
  return (reference.identifier as unknown as SyntaxNode).start;
}

/** The references whose identifiers lie in `[start, end)`. */
export function referencesWithin(syntax: Syntax, start: number, end: number): readonly Reference[] {
  const { references } = syntax;
  let low = 0;
  let high = references.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (startOf(references[middle] as Reference) < start) low = middle + 1;
    else high = middle;
  }
  const found: Reference[] = [];
  for (let at = low; at < references.length && startOf(references[at] as Reference) < end; at += 1)
    found.push(references[at] as Reference);
  return found;
}

/** Calls `visit` for every node under `node`; the children of a node are left out when `visit` gives `false`. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, parent: SyntaxNode | undefined) => boolean | void,
): void {
  const pending: [SyntaxNode, SyntaxNode | undefined][] = [[node, undefined]];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const [current, parent] = entry;
    if (visit(current, parent) !== false) for (const child of childrenOf(current)) pending.push([child, current]);
  }
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (const field of Object.keys(node)) {
    const value = node[field];
    if (Array.isArray(value)) for (const item of value) if (isNode(item)) children.push(item);
    if (isNode(value)) children.push(value);
  }
  return children;
}

/** Whether a field of a node holds another node. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

function indexNodes(program: SyntaxNode, source: string): Pick<Syntax, 'functions' | 'parents' | 'callsEval'> {
  let callsEval = false;
  const functions = new Map<number, SyntaxNode>();
  const parents = new Map<SyntaxNode, SyntaxNode>();
  walk(program, (node, parent) => {
    if (parent !== undefined) parents.set(node, parent);
    callsEval ||= node.type === 'CallExpression' && (node['callee'] as SyntaxNode)['name'] === 'eval';
    // A class and its constructor are one function object; the class is the node to take.
    if (isFunctionNode(node) && parent?.['kind'] !== 'constructor') functions.set(startPosition(node, source), node);
  });
  return { functions, parents, callsEval };
}

/** Whether a node makes a function object when evaluated. */
export function isFunctionNode(node: SyntaxNode): boolean {
  return /^(?:Function(?:Declaration|Expression)|ArrowFunctionExpression|Class(?:Declaration|Expression))$/.test(
    node.type,
  );
}

/** Where V8 says a function starts: its parenthesis; for arrows their first character; for classes their constructor. */
export function startPosition(node: SyntaxNode, source: string): number {
  if (node.type.startsWith('Class')) {
    const members = (node['body'] as SyntaxNode)['body'] as readonly SyntaxNode[];
    const constructor = members.find((member) => member['kind'] === 'constructor');
    return constructor === undefined ? node.start : (constructor['value'] as SyntaxNode).start;
  }
  if (node.type === 'ArrowFunctionExpression') return node.start;
  const id = node['id'] as SyntaxNode | null;
  return parenthesisAfter(source, id === null ? node.start : id.end);
}

function parenthesisAfter(source: string, offset: number): number {
  const pattern = /\/\*[^]*?\*\/|\/\/.*|\(/g;
  pattern.lastIndex = offset;
  for (let match = pattern.exec(source); match !== null; match = pattern.exec(source))
    if (match[0] === '(') return match.index;
  return offset;
}

/** Whether there is one instance of a scope: it is its script's outermost, or of a function called where it stands there. */
export function isSingle(scope: Scope, syntax: Syntax): boolean {
  if (isTopLevel(scope)) return true;
  const block = scope.block as unknown as SyntaxNode;
  const call = syntax.parents.get(block);
  if (call?.type !== 'CallExpression' || call['callee'] !== block) return false;
  const statement = syntax.parents.get(call);
  return statement?.type === 'ExpressionStatement' && syntax.parents.get(statement)?.type === 'Program';
}

/** Whether a scope is its script's outermost: there once, for as long as the script. */
export function isTopLevel(scope: Scope): boolean {
  return (scope.block as unknown as SyntaxNode).type === 'Program';
}
