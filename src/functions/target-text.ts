import { scopeAround } from './live-values.ts';
import type { Piece, SlicePlan, SliceSubject } from './plan.ts';
import { isNode, type Scope, type SyntaxNode } from './syntax.ts';

/**
 * The function itself as a piece of its slice, handed to the slice's function `result`: an assignment would show in
 * stacks, since V8 names a function without a name after the variable it goes to.
 */
export function targetText(subject: SliceSubject, plan: SlicePlan, result: string): Piece {
  const { target, syntax, name } = subject;
  const scope = scopeAround(target, syntax) as Scope;
  const declarator = syntax.parents.get(target);
  const declared = plan.pieces.find(({ start, end }) => start === declarator?.start && end === declarator.end);
  if (declared !== undefined && declarator !== undefined && isNode(declarator['id']))
    return { ...declared, suffix: `${declared.suffix} ${result}(${declarator['id']['name'] as string});` };
  const { start, end } = target;
  if (target.type.endsWith('Declaration') && isNode(target['id']))
    return { start, end, scope, prefix: '', suffix: ` ${result}(${target['id']['name'] as string});` };
  if (isMethodValue(target, declarator)) {
    const words = `${target['async'] === true ? 'async ' : ''}${target['generator'] === true ? '*' : ''}`;
    const key = JSON.stringify(name);
    return { start, end, scope, prefix: ` ${result}(({ ${words}${key}`, suffix: ` })[${key}]);` };
  }
  return { start, end, scope, prefix: ` ${result}(`, suffix: ');' };
}

/** Methods, getters and setters are parameters and body only; their name stands before the node. */
function isMethodValue(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent?.['value'] !== node) return false;
  return (
    parent.type === 'MethodDefinition' ||
    (parent.type === 'Property' && (parent['method'] === true || parent['kind'] !== 'init'))
  );
}
