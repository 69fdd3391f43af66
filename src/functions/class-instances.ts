import { types } from 'node:util';
import type { FunctionDescription } from './definition.ts';
import { isNative } from './intrinsics.ts';
import { codePosition } from './natives.ts';
import { syntaxOf } from './script-syntax.ts';
import { scriptOf } from './script.ts';
import { isNode, type SyntaxNode } from './syntax.ts';

/** What is needed to find out how instances of a class are restored. */
export interface ClassSource {
  readonly describe: (fn: Function) => FunctionDescription;
  /** Start position of `type` among the classes the slice itself declares; may add it to them. */
  readonly ownClass: (type: Function) => number | undefined;
}

/** How an instance of a class can be made again from a copy of its fields; a string says why it cannot. */
export function describeInstance(
  value: object,
  { describe, ownClass }: ClassSource,
): FunctionDescription | { readonly classAt: number } | string {
  const kind = types.isProxy(value) ? 'a Proxy' : kindOf(value);
  if (kind !== undefined) return `it is ${kind}`;
  const type = (Object.getPrototypeOf(value) as { constructor?: unknown }).constructor;
  if (typeof type !== 'function' || type.prototype !== Object.getPrototypeOf(value))
    return 'it has a prototype of its own';
  const what = `it is an instance of ${type.name === '' ? 'an anonymous class' : type.name}`;
  const obstacle = obstacleIn(type);
  if (obstacle !== undefined) return `${what}, ${obstacle}`;
  const classAt = ownClass(type);
  if (classAt !== undefined) return { classAt };
  try {
    const description = describe(type);
    if (description.definition.kind === 'reference') return description;
  } catch {
    // The class cannot be sent: said below, in terms of the value that was captured.
  }
  return `${what}, whose class is not exported from a module a worker can import`;
}

/** What an object is that no class of the program made. */
function kindOf(value: object): string | undefined {
  if (types.isPromise(value)) return 'a Promise (await it first)';
  if (types.isModuleNamespaceObject(value))
    return 'a module (import it at the top of the file, or inside the function)';
  if (types.isWeakMap(value) || types.isWeakSet(value)) return `a ${value.constructor.name}`;
  if (types.isGeneratorObject(value) || types.isMapIterator(value) || types.isSetIterator(value)) return 'an iterator';
  return value instanceof WeakRef ? 'a WeakRef' : undefined;
}

/** What of an instance no copy can have: private members, and what a native superclass keeps inside. */
function obstacleIn(type: Function): string | undefined {
  for (let current: unknown = type; typeof current === 'function' && current !== Function.prototype;) {
    if (isNative(current)) return `which extends ${current.name}`;
    const node = classNode(current);
    if (node === undefined) return 'a class of Node itself';
    if (node.type.startsWith('Class') && hasPrivateMembers(node)) return 'which has private members';
    current = Object.getPrototypeOf(current);
  }
  return undefined;
}

function classNode(type: Function): SyntaxNode | undefined {
  const position = codePosition(type);
  const script = position === undefined ? undefined : scriptOf(type, position.scriptId);
  if (position === undefined || script === undefined || script.file.startsWith('node:')) return undefined;
  return syntaxOf(script, type)?.functions.get(position.start);
}

function hasPrivateMembers(node: SyntaxNode): boolean {
  const members = (node['body'] as SyntaxNode)['body'] as readonly SyntaxNode[];
  return members.some(({ key }) => isNode(key) && key.type === 'PrivateIdentifier');
}
