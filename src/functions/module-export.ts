import { declarationOf, nameOf } from './declarations.ts';
import { isIdentifier } from './lexical.ts';
import { isNode, type Syntax, type SyntaxNode } from './syntax.ts';

/** The name an ES module exports the function at `node` under. Its top level runs once, so code there is one object. */
export function moduleExport(node: SyntaxNode, syntax: Syntax): string | undefined {
  if (syntax.sourceType !== 'module') return undefined;
  const parent = syntax.parents.get(node);
  if (parent?.type === 'ExportDefaultDeclaration') return 'default';
  const declarator = parent?.type === 'VariableDeclarator' && parent['init'] === node ? parent : undefined;
  const declaration = declarator === undefined ? node : (syntax.parents.get(declarator) as SyntaxNode);
  const id = (declarator ?? node)['id'];
  if (!isIdentifier(id) || !isSettled(declarator ?? node, syntax)) return undefined;
  const name = id['name'] as string;
  const around = syntax.parents.get(declaration);
  if (around?.type === 'ExportNamedDeclaration') return name;
  return around?.type === 'Program' ? exportedAs(name, around) : undefined;
}

function isSettled(node: SyntaxNode, syntax: Syntax): boolean {
  const [variable] = syntax.scopes.getDeclaredVariables(node as never);
  return variable !== undefined && declarationOf(variable, syntax)?.kind === 'code';
}

/** `export { name as other }` and `export default name`. */
function exportedAs(name: string, program: SyntaxNode): string | undefined {
  for (const statement of program['body'] as readonly SyntaxNode[]) {
    if (statement.type === 'ExportDefaultDeclaration' && isIdentifier(statement['declaration'], name)) return 'default';
    if (statement.type !== 'ExportNamedDeclaration' || isNode(statement['source'])) continue;
    for (const specifier of statement['specifiers'] as readonly SyntaxNode[])
      if (nameOf(specifier['local'] as SyntaxNode) === name) return nameOf(specifier['exported'] as SyntaxNode);
  }
  return undefined;
}
