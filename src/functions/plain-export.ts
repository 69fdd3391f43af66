import type { LiveValues } from './live-values.ts';

/** Words right before V8's start position of a function that is declared and exported in one. */
const EXPORTED = /(?:^|[;}\n])[ \t]*export[ \t]+(?:async[ \t]+)?function[ \t]*\*?[ \t]*([A-Za-z_$][\w$]*)[ \t]*$/;
const LONGEST = 200;

/**
 * The name of a function declared as `export function name(…)`, if nothing assigns to that name. Told from the text around
 * the position and the variable as it is now: the parser need not be loaded (15 to 25 ms) for the first function of a
 * program that keeps its tasks in a module. `undefined` means: parse.
 */
export function plainExport(fn: Function, source: string, start: number, live: LiveValues): string | undefined {
  const name = EXPORTED.exec(source.slice(Math.max(0, start - LONGEST), start))?.[1];
  // Names can be written with escapes, and eval can assign to any.
  if (name === undefined || /\\u|\beval\b/.test(source) || assigns(source, name)) return undefined;
  // What the text does not show, `[name] = …` for one, has not happened.
  const now = live.find({ name, pick: 'module', neverUndefined: false });
  return now.state === 'found' && now.value === fn ? name : undefined;
}

function assigns(source: string, name: string): boolean {
  const word = `(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`;
  return new RegExp(`(?:\\+\\+|--)\\s*${word}|${word}\\s*(?:\\+\\+|--|[-+*/%&|^?<>]*=(?![=>]))`).test(source);
}
