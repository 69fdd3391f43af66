import { inspect, types } from 'node:util';
import { isIdentifier } from './lexical.ts';
import type { LiveValue } from './live-values.ts';
import { isFunctionNode, isNode, type Syntax, type SyntaxNode } from './syntax.ts';

/**
 * Which initialisers may run again in a worker. A value that can be copied is copied; this is for those that cannot.
 *
 * An initialiser that reads a file, opens a port or counts something must never run twice, so only forms whose effect
 * is known are let through; everything else is reported.
 */

/** Constructors that touch nothing and whose instances hold nothing of the program's. */
const PURE_CONSTRUCTORS = new Set(['WeakMap', 'WeakSet', 'TextEncoder', 'TextDecoder', 'URL', 'AsyncLocalStorage']);
/** What compilers wrap around `require` and bundled modules. */
const INTEROP =
  /^(?:__toESM|__toCommonJS|__commonJS|__esm|__importDefault|__importStar|_interopRequireDefault|_interopRequireWildcard)$/;
const PURE_CALLS = new Set(['Symbol', 'createRequire', 'promisify', 'fileURLToPath']);

/** Whether evaluating the expression again, in another thread, has no effect and gives its like. */
export function isReplayable(node: SyntaxNode, syntax: Syntax): boolean {
  switch (node.type) {
    case 'Literal':
    case 'Identifier':
    case 'MetaProperty':
      return true;
    case 'TemplateLiteral':
      return all(node['expressions'], syntax);
    case 'AwaitExpression':
      return isModuleExpression(node);
    case 'MemberExpression':
      return isReplayableMember(node, syntax);
    case 'CallExpression':
      return isReplayableCall(node, syntax);
    case 'NewExpression':
      return isPureConstructor(node['callee']) ? all(node['arguments'], syntax) : isContextVar(node, syntax);
    default:
      // Not objects and arrays: what they hold may have changed since.
      return isFunctionNode(node) && !node.type.startsWith('Class');
  }
}

function all(nodes: unknown, syntax: Syntax): boolean {
  return (nodes as readonly unknown[]).every((node) => isNode(node) && isReplayable(node, syntax));
}

function isReplayableMember(node: SyntaxNode, syntax: Syntax): boolean {
  const object = node['object'] as SyntaxNode;
  return node['computed'] === false && object.type !== 'Super' && isReplayable(object, syntax);
}

function isReplayableCall(node: SyntaxNode, syntax: Syntax): boolean {
  const callee = node['callee'] as SyntaxNode;
  if (isModuleExpression(node)) return true;
  // `(0, util.promisify)(x)` is how compilers write a call of an import.
  const name =
    callee.type === 'SequenceExpression' ? lastName((callee['expressions'] as SyntaxNode[]).at(-1)) : lastName(callee);
  if (name === undefined || (!PURE_CALLS.has(name) && !INTEROP.test(name))) return false;
  return all(node['arguments'], syntax);
}

function lastName(node: unknown): string | undefined {
  if (isIdentifier(node)) return node['name'] as string;
  if (isNode(node) && node.type === 'MemberExpression' && isIdentifier(node['property']))
    return node['property']['name'] as string;
  return undefined;
}

function isPureConstructor(callee: unknown): boolean {
  if (isNode(callee) && callee.type === 'MemberExpression') return isIdentifier(callee['object'], 'Intl');
  return isIdentifier(callee) && PURE_CONSTRUCTORS.has(callee['name'] as string);
}

/** `new ContextVar('name', { default: … })`: what is set travels by the name, so one made over there is as good. */
function isContextVar(node: SyntaxNode, syntax: Syntax): boolean {
  if (lastName(node['callee']) !== 'ContextVar') return false;
  return (node['arguments'] as readonly SyntaxNode[]).every((argument) =>
    argument.type === 'ObjectExpression' ? isSettings(argument, syntax) : isReplayable(argument, syntax),
  );
}

/** An object that nobody else has: all it holds is in its text. */
function isSettings(node: SyntaxNode, syntax: Syntax): boolean {
  return (node['properties'] as readonly SyntaxNode[]).every(
    ({ type, computed, value }) =>
      type === 'Property' && computed === false && isNode(value) && isReplayable(value, syntax),
  );
}

/** Whether a weak collection, which a worker would get empty, has something in it. Only Node's inspection can tell. */
export function holdsEntries(found: LiveValue): boolean {
  if (found.state !== 'found' || !(types.isWeakMap(found.value) || types.isWeakSet(found.value))) return false;
  return inspect(found.value, { showHidden: true, depth: 0, maxArrayLength: 1 }).replaceAll(' ', '').at(-2) !== '{';
}

/** Whether the expression loads a module: `require('x')`, `await import('x')`, those in interop helpers or a member of them. */
export function isModuleExpression(node: SyntaxNode): boolean {
  if (node.type === 'AwaitExpression') {
    const argument = node['argument'] as SyntaxNode;
    return argument.type === 'ImportExpression' && (argument['source'] as SyntaxNode).type === 'Literal';
  }
  if (node.type === 'MemberExpression') return isModuleExpression(node['object'] as SyntaxNode);
  if (node.type !== 'CallExpression') return false;
  const [first] = node['arguments'] as readonly SyntaxNode[];
  if (first === undefined || !isIdentifier(node['callee'])) return false;
  const name = node['callee']['name'] as string;
  if (name === 'require') return first.type === 'Literal';
  return (
    INTEROP.test(name) && (isModuleExpression(first) || /^__(?:commonJS|esm)$/.test(name) || isBundledRequire(first))
  );
}

/** `require_name()`: esbuild's call of a CommonJS module it put into the bundle. */
function isBundledRequire(node: SyntaxNode): boolean {
  return (
    node.type === 'CallExpression' &&
    isIdentifier(node['callee']) &&
    (node['callee']['name'] as string).startsWith('require_')
  );
}
