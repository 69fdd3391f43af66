import { cannotSend, type Subject } from './capture-error.ts';
import type { FunctionDefinition, FunctionDescription, SliceDefinition } from './definition.ts';
import { described, plainTemplate, type FunctionSite, type Template } from './described.ts';
import { LANGUAGE_GLOBALS } from './intrinsics.ts';
import { newDefinition } from './live-definitions.ts';
import { moduleExport } from './module-export.ts';
import { codePosition } from './natives.ts';
import { planSlice, type CaptureSite, type SlicePlan } from './plan.ts';
import { referenceTo } from './reference.ts';
import { syntaxFailure, syntaxOf } from './script-syntax.ts';
import type { Script } from './script.ts';
import { writeSlice } from './slice-writer.ts';
import { mapOf, sourceDefinition } from './source-definition.ts';
import { functionText, standsAlone } from './source.ts';
import { isTopLevel, type Syntax, type SyntaxNode } from './syntax.ts';

/**
 * The template of a function that has to be parsed: its own text, a slice of its script, or after all an export. Throws
 * CaptureError. A door (docs/decisions/0009-one-file-to-load.md).
 *
 * @param importable whether a worker may import its script.
 */
export function cutTemplate(site: FunctionSite, subject: Subject, importable: boolean): Template {
  const { fn, script, start } = site;
  const alone = importable ? undefined : aloneDefinition(site);
  if (alone !== undefined) return plainTemplate(alone, subject);
  const syntax = syntaxOf(script, fn);
  const target = syntax?.functions.get(start);
  if (syntax === undefined || target === undefined) {
    const why = syntax === undefined ? 'its script has syntax offloop cannot read' : 'its text is not in its script';
    throw cannotSend(
      subject,
      why,
      'Export it from a module of its own and mark it with task(import.meta.url, fn).',
      syntaxFailure(script),
    );
  }
  const exported = importable ? moduleExport(target, syntax) : undefined;
  if (exported !== undefined) return plainTemplate(referenceTo(fn, script, exported), subject);
  return slice(site, subject, syntax, target);
}

/** For engines that show no script: the function's own text, if it needs nothing around it. Throws CaptureError. */
export function textTemplate(fn: Function): { description: FunctionDescription } {
  const text = functionText(fn);
  const subject = { name: fn.name };
  const names = text?.free.filter((name) => !SAFE_GLOBALS.has(name)) ?? [];
  // It may be one of the program's own by the same name, such as `setTimeout` of node:timers/promises.
  const built = names.filter((name) => name in globalThis).map((name) => `globalThis.${name}`);
  if (text === undefined || !standsAlone(text) || names.length > 0)
    throw cannotSend(
      subject,
      `it uses ${names.length > 0 ? names.map((name) => `\`${name}\``).join(', ') : 'words of the code around it'}, and this runtime does not let a program read what is around a function`,
      `Export it from a module and mark it with task(import.meta.url, fn)${built.length > 0 ? `; globals can be written ${built.join(', ')}` : ''}.`,
    );
  const strict = !Object.hasOwn(fn, 'arguments');
  const definition = newDefinition({ kind: 'source', name: fn.name, source: text.source, strict });
  return { description: { definition } };
}

/** Names a program does not shadow; any other could be a variable of its own. */
const SAFE_GLOBALS = new Set([...LANGUAGE_GLOBALS, 'undefined', 'NaN', 'Infinity', 'console']);

/** The function's own text, if it uses no name at all from outside: known without parsing the whole script. */
function aloneDefinition(site: FunctionSite): FunctionDefinition | undefined {
  const text = functionText(site.fn);
  if (text === undefined || text.free.length > 0 || !standsAlone(text)) return undefined;
  return sourceDefinition(site, text.source, text.start);
}

function slice(site: FunctionSite, about: Subject, syntax: Syntax, target: SyntaxNode): Template {
  const { fn, script, live, describe } = site;
  const subject = { ...about, script, syntax, target, live, describe };
  const plan = planSlice(subject);
  const { source, line } = writeSlice(subject, plan);
  const definition = newDefinition({
    kind: 'slice',
    name: fn.name,
    source,
    needs: plan.needs,
    ...stateOf(script, plan),
    origin: { file: script.file, line, column: 0, ...mapOf(script) },
  });
  return {
    definition,
    subject: about,
    captures: plan.captures.map(siteOf),
    ownClass: ownClassIn(script, plan),
    fixed: plan.captures.every(({ constant, scope }) => constant && isTopLevel(scope)),
    shared: true,
    described: plan.captures.length === 0 ? described({ definition }, true) : undefined,
  };
}

function siteOf({ locator, constant, stateKey, statics, declared }: CaptureSite): CaptureSite {
  return { locator, constant, stateKey, statics, declared };
}

function stateOf({ id }: Script, { captures }: SlicePlan): Pick<SliceDefinition, 'captureCount' | 'state'> {
  const names = captures.flatMap(({ stateKey }, index) => (stateKey === undefined ? [] : [[stateKey, index]]));
  if (names.length === 0) return { captureCount: captures.length };
  return { captureCount: captures.length + 1, state: { script: id, names: Object.fromEntries(names) as never } };
}

function ownClassIn({ id }: Script, plan: SlicePlan): Template['ownClass'] {
  const starts = new Set([...plan.classes.values()].map(({ classAt }) => classAt));
  return (type) => {
    const position = codePosition(type);
    return position?.scriptId === id && starts.has(position.start) ? position.start : undefined;
  };
}
