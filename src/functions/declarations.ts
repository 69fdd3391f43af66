import { isReplayable, isModuleExpression } from './replay.ts';
import {
  isFunctionNode,
  isNode,
  isSingle,
  type Reference,
  type Syntax,
  type SyntaxNode,
  type Variable,
} from './syntax.ts';

/** How a variable that a function uses came to be; decides how it reaches a worker. */
export type Declaration = ImportDeclaration | CodeDeclaration | ValueDeclaration;

/** An import binding: the worker imports the module itself. */
export interface ImportDeclaration {
  readonly kind: 'import';
  readonly at: number;
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, string>> | undefined;
  /** The export's name; `*` for a namespace import. */
  readonly imported: string;
}

/** A function or class that nothing reassigns: its text goes along. */
export interface CodeDeclaration {
  readonly kind: 'code';
  readonly at: number;
  readonly text: DeclarationText;
  /** The function or class node. */
  readonly node: SyntaxNode;
}

/** Anything else: the value it has at `submit`. */
export interface ValueDeclaration {
  readonly kind: 'value';
  readonly at: number;
  /** Nothing writes to it after its declaration has run. */
  readonly constant: boolean;
  /**
   * Of a variable of the script that functions assign: a name that no other variable of the script has. A worker keeps
   * what they assign there, as each process has globals of its own in Python.
   */
  readonly stateKey: string | undefined;
  /** `undefined` can only mean that the declaration has not run yet. */
  readonly neverUndefined: boolean;
  /** The declaration as text, if running it again in a worker has no effect and gives its like. */
  readonly replay: (DeclarationText & { readonly node: SyntaxNode }) | undefined;
  /** Loads a module (`require('x')`, `await import('x')`): always run again, never sent. */
  readonly loadsModule: boolean;
}

/** A stretch of the script, with what must stand around it to declare the same names. */
export interface DeclarationText {
  readonly start: number;
  readonly end: number;
  readonly prefix: string;
  readonly suffix: string;
}

/** Classifies the declaration of a variable. `undefined` for `arguments`, which no declaration makes. */
export function declarationOf(variable: Variable, syntax: Syntax): Declaration | undefined {
  const [definition] = variable.defs;
  if (definition === undefined) return undefined;
  const node = definition.node as unknown as SyntaxNode;
  const at = (definition.name as unknown as SyntaxNode).start;
  if ((definition.type as string) === 'ImportBinding')
    return importDeclaration(node, definition.parent as unknown as SyntaxNode, at);
  const settled = variable.defs.length === 1 && !isReassigned(variable);
  // A parameter's definition has the function as its node, too.
  const named = /^(?:Function|Class)Name$/.test(definition.type);
  if (settled && named && node.type.endsWith('Declaration'))
    return { kind: 'code', at, node, text: { start: node.start, end: node.end, prefix: '', suffix: '' } };
  if (named && node.type === 'FunctionExpression') {
    const text = { start: node.start, end: node.end, prefix: `let ${variable.name} = `, suffix: ';' };
    return { kind: 'code', at, node, text };
  }
  if (node.type === 'VariableDeclarator') return variableDeclaration(variable, node, at, settled, syntax);
  return {
    kind: 'value',
    at,
    constant: settled && !syntax.callsEval,
    neverUndefined: false,
    stateKey: undefined,
    replay: undefined,
    loadsModule: false,
  };
}

/** Whether anything but its own declaration writes to a variable. */
export function isReassigned(variable: Variable): boolean {
  return variable.references.some((reference) => reference.isWrite() && reference.init !== true);
}

function isWriteInFunction(reference: Reference): boolean {
  return reference.isWrite() && reference.from.variableScope !== reference.resolved?.scope.variableScope;
}

function importDeclaration(node: SyntaxNode, parent: SyntaxNode, at: number): ImportDeclaration {
  const attributes = (parent['attributes'] ?? []) as readonly SyntaxNode[];
  return {
    kind: 'import',
    at,
    specifier: (parent['source'] as SyntaxNode)['value'] as string,
    attributes:
      attributes.length === 0
        ? undefined
        : Object.fromEntries(
            attributes.map((attribute) => [
              nameOf(attribute['key'] as SyntaxNode),
              (attribute['value'] as SyntaxNode)['value'] as string,
            ]),
          ),
    imported: importedName(node),
  };
}

function importedName(node: SyntaxNode): string {
  if (node.type === 'ImportNamespaceSpecifier') return '*';
  return node.type === 'ImportDefaultSpecifier' ? 'default' : nameOf(node['imported'] as SyntaxNode);
}

/** The name in an identifier or string literal. */
export function nameOf(node: SyntaxNode): string {
  return (node['name'] ?? node['value']) as string;
}

function variableDeclaration(
  variable: Variable,
  declarator: SyntaxNode,
  at: number,
  settled: boolean,
  syntax: Syntax,
): Declaration {
  const init = isNode(declarator['init']) ? declarator['init'] : undefined;
  const text = { start: declarator.start, end: declarator.end, prefix: 'let ', suffix: ';' };
  const plain = (declarator['id'] as SyntaxNode).type === 'Identifier';
  const code = init === undefined || !plain ? undefined : functionIn(init);
  if (settled && code !== undefined) return { kind: 'code', at, node: code, text };
  const kind = syntax.parents.get(declarator)?.['kind'];
  const livesOn = isSingle(variable.scope, syntax) && variable.references.some(isWriteInFunction);
  return {
    kind: 'value',
    at,
    // A var can be read before its declaration has run, and in a loop its declaration runs again.
    constant: settled && !syntax.callsEval && (kind !== 'var' || (init !== undefined && !isInLoop(declarator, syntax))),
    stateKey: livesOn ? `${variable.name}$${at}` : undefined,
    neverUndefined: kind !== 'var' && plain && init !== undefined && isNeverUndefined(init),
    replay: settled && init !== undefined && isReplayable(init, syntax) ? { ...text, node: declarator } : undefined,
    loadsModule: settled && init !== undefined && isModuleExpression(init),
  };
}

/** The function or class an initialiser is; through `__name(fn, 'name')`, which esbuild and tsx wrap it in. */
function functionIn(init: SyntaxNode): SyntaxNode | undefined {
  if (isFunctionNode(init)) return init;
  const callee = init['callee'];
  if (init.type !== 'CallExpression' || !isNode(callee) || callee['name'] !== '__name') return undefined;
  const [wrapped] = init['arguments'] as readonly SyntaxNode[];
  return wrapped !== undefined && isFunctionNode(wrapped) ? wrapped : undefined;
}

function isInLoop(node: SyntaxNode, syntax: Syntax): boolean {
  for (let parent = syntax.parents.get(node); parent !== undefined; parent = syntax.parents.get(parent)) {
    if (isFunctionNode(parent)) return false;
    if (/^(?:For|While|DoWhile|ForIn|ForOf)Statement$/.test(parent.type)) return true;
  }
  return false;
}

function isNeverUndefined(init: SyntaxNode): boolean {
  return (
    /^(?:Literal|TemplateLiteral|ObjectExpression|ArrayExpression|NewExpression|BinaryExpression|UpdateExpression)$/.test(
      init.type,
    ) ||
    (init.type === 'UnaryExpression' && init['operator'] !== 'void')
  );
}
