import { isFunctionNode, isNode, walk, type SyntaxNode } from './syntax.ts';

/** A static field of a class whose value may have changed since the class was made. */
export interface StaticField {
  readonly name: string;
  /** Where its initialiser stands; empty and after the name where it has none. */
  readonly start: number;
  readonly end: number;
  readonly initialised: boolean;
  /** Evaluating the initialiser again calls nothing. */
  readonly pure: boolean;
}

/** The public static fields of a class that hold data. Those that hold functions go by the class's text. */
export function staticFields(node: SyntaxNode): readonly StaticField[] {
  const members = node.type.startsWith('Class') ? ((node['body'] as SyntaxNode)['body'] as readonly SyntaxNode[]) : [];
  return members.flatMap((member) => {
    const { key, value } = member;
    if (member.type !== 'PropertyDefinition' || member['static'] !== true || member['computed'] === true) return [];
    if (!isNode(key) || key.type === 'PrivateIdentifier' || (isNode(value) && isFunctionNode(value))) return [];
    const range = isNode(value) ? value : { start: key.end, end: key.end };
    const name = String(key['name'] ?? key['value']);
    return [{ name, start: range.start, end: range.end, initialised: isNode(value), pure: isPure(value) }];
  });
}

/** Static blocks, which have run: what they did to the fields is in the fields. */
export function staticBlocks(node: SyntaxNode): readonly SyntaxNode[] {
  if (!node.type.startsWith('Class')) return [];
  return ((node['body'] as SyntaxNode)['body'] as readonly SyntaxNode[]).filter(({ type }) => type === 'StaticBlock');
}

/** The private static field or block that may hold something which nobody outside the class can read. */
export function hiddenStatic(node: SyntaxNode): string | undefined {
  if (!node.type.startsWith('Class')) return undefined;
  const written = writtenPrivates(node);
  for (const { type, key, value, ...member } of (node['body'] as SyntaxNode)['body'] as readonly SyntaxNode[]) {
    if (type !== 'PropertyDefinition' || member['static'] !== true || !isNode(key) || key.type !== 'PrivateIdentifier')
      continue;
    const name = key['name'] as string;
    const constant = !isNode(value) || isFunctionNode(value) || /^(?:Literal|UnaryExpression)$/.test(value.type);
    if (written.has(name) || !constant) return `#${name}`;
  }
  return staticBlocks(node).some(usesPrivate) ? 'a static block with private names' : undefined;
}

function usesPrivate(node: SyntaxNode): boolean {
  let found = false;
  walk(node, ({ type }) => {
    found ||= type === 'PrivateIdentifier';
  });
  return found;
}

/** Private names that are assigned or counted up somewhere in the class. */
function writtenPrivates(node: SyntaxNode): ReadonlySet<string> {
  const names = new Set<string>();
  walk(node, (inner) => {
    const place = inner.type === 'UpdateExpression' ? inner['argument'] : inner['left'];
    if (!isNode(place) || !/^(?:Update|Assignment)Expression$/.test(inner.type)) return;
    walk(place, (part) => {
      if (part.type === 'PrivateIdentifier') names.add(part['name'] as string);
    });
  });
  return names;
}

function isPure(value: unknown): boolean {
  return !isNode(value) || /^(?:Literal|TemplateLiteral|UnaryExpression|Identifier)$/.test(value.type);
}

/** The fields' values as they are now. */
export function staticValues(type: object, names: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const property = Object.getOwnPropertyDescriptor(type, name);
    if (property !== undefined && 'value' in property) values[name] = property.value;
  }
  return values;
}
