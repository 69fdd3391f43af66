import { isNode, type SyntaxNode } from './syntax.ts';

/** What a piece of code uses besides variables. Each holds the nodes found, so that messages can name the place. */
export interface LexicalUses {
  /** `this` of the surroundings: only arrow functions and class heads have it. */
  readonly outerThis: SyntaxNode[];
  /** `super` of the surroundings: a method taken from its class or object. */
  readonly outerSuper: SyntaxNode[];
  readonly outerNewTarget: SyntaxNode[];
  /** Private names (`#x`) of a class around the code. */
  readonly outerPrivate: SyntaxNode[];
  readonly directEval: SyntaxNode[];
  readonly withStatements: SyntaxNode[];
  readonly importMeta: SyntaxNode[];
  readonly dynamicImports: SyntaxNode[];
}

/** What binds the words that are not variables, at one point of the walk. */
interface Bindings {
  readonly ownThis: boolean;
  readonly ownSuper: boolean;
  readonly privates: ReadonlySet<string>;
}

const NOTHING: Bindings = { ownThis: false, ownSuper: false, privates: new Set() };

/** Finds the uses under `node`, a function, class or declaration that is to be evaluated elsewhere. */
export function lexicalUses(node: SyntaxNode): LexicalUses {
  const uses: LexicalUses = {
    outerThis: [],
    outerSuper: [],
    outerNewTarget: [],
    outerPrivate: [],
    directEval: [],
    withStatements: [],
    importMeta: [],
    dynamicImports: [],
  };
  visit(node, NOTHING, uses);
  return uses;
}

function visit(node: SyntaxNode, bound: Bindings, uses: LexicalUses): void {
  record(node, bound, uses);
  if (node.type.startsWith('Class')) return visitClass(node, bound, uses);
  for (const [field, value] of Object.entries(node)) {
    const inner = bindingsOf(node, field, bound);
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, inner, uses);
  }
}

function bindingsOf(node: SyntaxNode, field: string, bound: Bindings): Bindings {
  if (node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression') return { ...bound, ownThis: true };
  // A method of an object literal has a home object of its own; its computed key has not.
  if (node.type === 'Property' && field === 'value' && (node['method'] === true || node['kind'] !== 'init'))
    return { ...bound, ownSuper: true };
  return bound;
}

function visitClass(node: SyntaxNode, bound: Bindings, uses: LexicalUses): void {
  const body = node['body'] as SyntaxNode;
  const members = body['body'] as readonly SyntaxNode[];
  const own = members.map((member) => member['key']).filter((key) => isNode(key) && key.type === 'PrivateIdentifier');
  const privates = new Set([...bound.privates, ...own.map((key) => (key as SyntaxNode)['name'] as string)]);
  if (isNode(node['superClass'])) visit(node['superClass'], { ...bound, privates }, uses);
  for (const member of members) {
    const inside = { ownThis: true, ownSuper: true, privates };
    if (member.type === 'StaticBlock') {
      for (const statement of member['body'] as readonly SyntaxNode[]) visit(statement, inside, uses);
      continue;
    }
    const key = member['key'] as SyntaxNode;
    if (member['computed'] === true) visit(key, { ...bound, privates }, uses);
    const value = member['value'];
    if (isNode(value)) visitMember(value, inside, uses);
  }
}

function visitMember(value: SyntaxNode, inside: Bindings, uses: LexicalUses): void {
  if (value.type !== 'FunctionExpression') return visit(value, inside, uses);
  for (const child of [...(value['params'] as readonly SyntaxNode[]), value['body'] as SyntaxNode])
    visit(child, inside, uses);
}

function record(node: SyntaxNode, bound: Bindings, uses: LexicalUses): void {
  switch (node.type) {
    case 'ThisExpression':
      if (!bound.ownThis) uses.outerThis.push(node);
      break;
    case 'Super':
      if (!bound.ownSuper) uses.outerSuper.push(node);
      break;
    case 'MetaProperty':
      if ((node['meta'] as SyntaxNode)['name'] === 'import') uses.importMeta.push(node);
      else if (!bound.ownThis) uses.outerNewTarget.push(node);
      break;
    case 'PrivateIdentifier':
      if (!bound.privates.has(node['name'] as string)) uses.outerPrivate.push(node);
      break;
    case 'ImportExpression':
      uses.dynamicImports.push(node);
      break;
    case 'WithStatement':
      uses.withStatements.push(node);
      break;
    case 'CallExpression':
      if (isIdentifier(node['callee'], 'eval')) uses.directEval.push(node);
      break;
    default:
  }
}

/** Whether a field holds the identifier `name`. */
export function isIdentifier(value: unknown, name?: string): value is SyntaxNode {
  return isNode(value) && value.type === 'Identifier' && (name === undefined || value['name'] === name);
}
