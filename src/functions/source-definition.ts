import type { CodeOrigin, FunctionDefinition } from './definition.ts';
import type { FunctionSite } from './described.ts';
import { newDefinition } from './live-definitions.ts';
import { lineAndColumn, type Script } from './script.ts';

/**
 * A function that uses nothing from outside, by its own text; `undefined` where nobody knows yet whether it is strict.
 *
 * @param source an expression that evaluates to it.
 * @param start V8's start position in `source`.
 */
export function sourceDefinition(
  { fn, script, start: at }: FunctionSite,
  source: string,
  start: number,
): FunctionDefinition | undefined {
  const strict = isStrict(fn, script);
  if (strict === undefined) return undefined;
  const here = lineAndColumn(script, at);
  const before = source.slice(0, start).split('\n');
  const origin: CodeOrigin = {
    file: script.file,
    line: here.line - before.length + 1,
    column: before.length === 1 ? here.column - start : 0,
    ...mapOf(script),
  };
  return newDefinition({ kind: 'source', name: fn.name, source, strict, origin });
}

/** `undefined` where only the parsed script can tell. */
function isStrict(fn: Function, script: Script): boolean | undefined {
  // Plain functions have these two own properties in sloppy code only; other forms never.
  if (Object.hasOwn(fn, 'arguments')) return false;
  if (!script.compiledHere && /^\s*(?:import|export)\b/m.test(script.source)) return true;
  return /^function\b(?!\s*\*)/.test(Function.prototype.toString.call(fn)) ? true : undefined;
}

/** The source map of a script, where stacks are mapped. */
export function mapOf(script: Script): { sourceMap?: string } {
  const { sourceMapsEnabled } = process as { sourceMapsEnabled?: boolean };
  return sourceMapsEnabled === true && script.sourceMap !== undefined ? { sourceMap: script.sourceMap } : {};
}
