import { isIdentifier, lexicalUses, type LexicalUses } from './lexical.ts';
import {
  isFunctionNode,
  isTopLevel,
  parseScript,
  startPosition,
  walk,
  type Syntax,
  type SyntaxNode,
  type Variable,
} from './syntax.ts';

/** A function as an expression of its own. */
export interface FunctionText {
  readonly source: string;
  readonly node: SyntaxNode;
  readonly syntax: Syntax;
  /** Where V8's start position of the function lies in `source`. */
  readonly start: number;
  /** Names it uses and does not declare. */
  readonly free: readonly string[];
  readonly uses: LexicalUses;
}

/** Parses `fn`'s own text; `undefined` if it is no function of JavaScript's grammar. */
export function functionText(fn: Function): FunctionText | undefined {
  const text = Function.prototype.toString.call(fn);
  return parseExpression(`(${text})`) ?? parseMethod(text, fn.name);
}

function parseExpression(source: string): FunctionText | undefined {
  const syntax = tryParse(source);
  const statement = (syntax?.program['body'] as readonly SyntaxNode[] | undefined)?.[0];
  const node = statement?.['expression'] as SyntaxNode | undefined;
  return syntax === undefined || node === undefined || !isFunctionNode(node) ? undefined : result(source, node, syntax);
}

/** `name(x) {…}`, `async *[key]() {…}`, `get x() {…}`: the key is evaluated where the class is, so the name stands in. */
function parseMethod(text: string, name: string): FunctionText | undefined {
  const parsed = tryParse(`(class { ${text} })`);
  let method: SyntaxNode | undefined;
  if (parsed !== undefined)
    walk(parsed.program, (node) => {
      if (method === undefined && node.type === 'MethodDefinition') method = node['value'] as SyntaxNode;
    });
  if (method === undefined) return undefined;
  const words = `${method['async'] === true ? 'async ' : ''}${method['generator'] === true ? '*' : ''}`;
  const key = JSON.stringify(name);
  const source = `({ ${words}${key}${text.slice(method.start - '(class { '.length)} })[${key}]`;
  const syntax = tryParse(source);
  const node = syntax?.functions.values().next().value;
  return syntax === undefined || node === undefined ? undefined : result(source, node, syntax);
}

function result(source: string, node: SyntaxNode, syntax: Syntax): FunctionText {
  const free = syntax.references.flatMap(({ resolved, identifier }) =>
    isOutside(resolved) && isIdentifier(identifier) ? [(identifier as { name: string }).name] : [],
  );
  return {
    source,
    node,
    syntax,
    start: startPosition(node, source),
    free: [...new Set(free)],
    uses: lexicalUses(node),
  };
}

/** `arguments` outside a function belongs to the wrapper the parser imagines around the text. */
function isOutside(variable: Variable | null): boolean {
  return variable === null || isTopLevel(variable.scope);
}

function tryParse(source: string): Syntax | undefined {
  try {
    return parseScript(source, 'commonjs');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether the text means the same anywhere: no words that take their meaning from the code around it. */
export function standsAlone({ uses }: FunctionText): boolean {
  return Object.values(uses as unknown as Record<string, readonly unknown[]>).every((nodes) => nodes.length === 0);
}
