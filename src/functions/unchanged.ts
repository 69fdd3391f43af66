import { cannotCapture } from './capture-error.ts';
import { codePosition } from './natives.ts';
import type { SliceSubject } from './plan.ts';
import { positionText } from './script.ts';
import { isNode, startPosition, type SyntaxNode } from './syntax.ts';

/**
 * A function or class goes by its text. If the program changed the object since (added members, wrapped methods), the
 * text says less than the object does, and a worker would get `undefined` where the program has a value: refuse it.
 */
export function checkUnchanged(value: unknown, node: SyntaxNode, variable: string, subject: SliceSubject): void {
  const { script } = subject;
  const refuse = (what: string): Error => cannotCapture(subject, variable, what, positionText(script, node.start));
  if (typeof value !== 'function') throw refuse('its declaration has not run yet when the function is submitted');
  const position = codePosition(value);
  if (position?.scriptId !== script.id || position.start !== startPosition(node, script.source))
    throw refuse('it is no longer the function its declaration made');
  const added = addedMember(value, node);
  if (added !== undefined)
    throw refuse(`it was given the member \`${added}\` after its declaration, and goes by its text`);
}

const OWN = new Set<string | symbol>(['length', 'name', 'prototype', 'arguments', 'caller']);

function addedMember(value: Function, node: SyntaxNode): string | undefined {
  const isClass = node.type.startsWith('Class');
  const declared = isClass ? declaredMembers(node) : { own: new Set<string>(), prototype: new Set<string>() };
  if (declared === undefined) return undefined;
  const own = Reflect.ownKeys(value).find((key) => !OWN.has(key) && !declared.own.has(String(key)));
  if (own !== undefined) return `${value.name}.${String(own)}`;
  const prototype: unknown = value.prototype;
  if (typeof prototype !== 'object' || prototype === null || (!isClass && !Object.hasOwn(prototype, 'constructor')))
    return undefined;
  const method = Reflect.ownKeys(prototype).find(
    (key) => key !== 'constructor' && !declared.prototype.has(String(key)),
  );
  return method === undefined ? undefined : `${value.name}.prototype.${String(method)}`;
}

/** The names a class body declares; `undefined` if some are computed. */
function declaredMembers(node: SyntaxNode): { own: Set<string>; prototype: Set<string> } | undefined {
  const own = new Set<string>();
  const prototype = new Set<string>();
  for (const member of (node['body'] as SyntaxNode)['body'] as readonly SyntaxNode[]) {
    if (member.type === 'StaticBlock') continue;
    const key = member['key'];
    if (!isNode(key) || member['computed'] === true) return undefined;
    (member['static'] === true ? own : prototype).add(String(key['name'] ?? key['value']));
  }
  return { own, prototype };
}
