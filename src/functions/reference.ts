import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { isIdentifier } from './lexical.ts';
import { pathOf, type Script } from './script.ts';
import { declarationOf, nameOf } from './declarations.ts';
import { isNode, type Syntax, type SyntaxNode } from './syntax.ts';
import { nodeRequire } from './node-require.ts';

/** The name a CommonJS module exports `fn` under, seen from the module cache; `default` for `module.exports` itself. */
export function commonJsExport(fn: Function, script: Script): string | undefined {
  const path = pathOf(script);
  if (path === undefined) return undefined;
  const exports: unknown = nodeRequire.cache[path]?.exports;
  if (exports === fn) return 'default';
  if (typeof exports !== 'object' || exports === null) return undefined;
  return Object.keys(exports).find((key) => Object.getOwnPropertyDescriptor(exports, key)?.value === fn);
}

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

/** Whether a script is the program's entry: importing it in a worker would run the program again. */
export function isMainScript(script: Script): boolean {
  const { mainUrls } = mainModule();
  const url = script.url?.replace(/[?#].*$/, '');
  return url === undefined || mainUrls.has(url);
}

let main: { readonly entry: string | undefined; readonly mainUrls: ReadonlySet<string> } | undefined;

function mainModule(): { readonly mainUrls: ReadonlySet<string> } {
  const entry = process.argv[1];
  if (main?.entry === entry && main !== undefined) return main;
  const urls = new Set<string>();
  for (const path of [entry, nodeRequire.main?.filename])
    for (const found of path === undefined ? [] : candidates(path)) urls.add(pathToFileURL(found).href);
  main = { entry, mainUrls: urls };
  return main;
}

/** The entry as given (`node app` for app.js, a link in node_modules/.bin) and the file it leads to. */
function candidates(path: string): string[] {
  const found = [path];
  try {
    const resolved = nodeRequire.resolve(path);
    found.push(resolved, realpathSync(resolved));
  } catch (error) {
    // An entry that only a loader hook can resolve, or none at all (node -e): compared as it stands.
    if (!(error instanceof Error)) throw error;
  }
  return found;
}
