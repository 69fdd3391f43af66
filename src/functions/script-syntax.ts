import { readScopes } from './inspector.ts';
import { pathOf, type Script } from './script.ts';
import { lexicalUses } from './lexical.ts';
import { parseScript, type SourceType, type Syntax, type SyntaxNode } from './syntax.ts';
import { nodeRequire } from './node-require.ts';

/**
 * Syntax trees are large and needed only when a function is new, so the garbage collector may have them; what they were
 * parsed as is kept.
 */
const trees = new WeakMap<Script, WeakRef<Syntax>>();
const sourceTypes = new WeakMap<Script, SourceType>();
const refused = new WeakMap<Script, unknown>();

/** The parsed script; `undefined` if acorn cannot read it (`syntaxFailure` has the reason). */
export function syntaxOf(script: Script, fn: Function): Syntax | undefined {
  const known = trees.get(script)?.deref();
  if (known !== undefined) return known;
  if (refused.has(script)) return undefined;
  try {
    const syntax = parse(script, fn);
    sourceTypes.set(script, syntax.sourceType);
    trees.set(script, new WeakRef(syntax));
    return syntax;
  } catch (error) {
    refused.set(script, error);
    return undefined;
  }
}

/** Why a script could not be parsed. */
export function syntaxFailure(script: Script): unknown {
  return refused.get(script);
}

function parse(script: Script, fn: Function): Syntax {
  const known = sourceTypes.get(script);
  if (known !== undefined) return parseScript(script.source, known);
  const asModule = mentionsModules(script) ? parseIfModule(script) : undefined;
  return asModule ?? parseScript(script.source, isModuleScript(script, fn) ? 'module' : 'commonjs');
}

function mentionsModules(script: Script): boolean {
  return !script.compiledHere && /\b(?:import|export)\b/.test(script.source);
}

/** The tree, if the text has what only modules have. */
function parseIfModule(script: Script): Syntax | undefined {
  let syntax: Syntax;
  try {
    syntax = parseScript(script.source, 'module');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const statements = syntax.program['body'] as readonly SyntaxNode[];
  const found = statements.some(({ type }) => /^(?:Import|Export)\w*Declaration$/.test(type)) || usesImportMeta(syntax);
  return found ? syntax : undefined;
}

function usesImportMeta({ program }: Syntax): boolean {
  return lexicalUses(program).importMeta.length > 0;
}

/** For texts that could be either. Wrong would be noticed: strict mode and `require` depend on it. */
function isModuleScript(script: Script, fn: Function): boolean {
  if (script.compiledHere || script.url === undefined || /\.c[jt]s$/.test(script.url)) return false;
  if (/\.m[jt]s$/.test(script.url)) return true;
  const path = pathOf(script);
  if (path !== undefined && path in nodeRequire.cache) return false;
  return readScopes(fn)?.some(({ description }) => description === 'Module') ?? false;
}
