import { cannotSend, type Subject } from './capture-error.ts';
import type { CodeOrigin, FunctionDefinition, FunctionDescription, SliceDefinition } from './definition.ts';
import { LANGUAGE_GLOBALS } from './intrinsics.ts';
import type { LiveValues } from './live-values.ts';
import { newDefinition } from './live-definitions.ts';
import { isLoading } from './loading.ts';
import { codePosition } from './natives.ts';
import { plainExport } from './plain-export.ts';
import { planSlice, type CaptureSite, type SlicePlan } from './plan.ts';
import { commonJsExport, isMainScript, moduleExport } from './reference.ts';
import { syntaxFailure, syntaxOf } from './script-syntax.ts';
import { lineAndColumn, positionText, type Script } from './script.ts';
import { writeSlice } from './slice-writer.ts';
import { functionText, standsAlone, type FunctionText } from './source.ts';
import { isTopLevel, type Syntax, type SyntaxNode } from './syntax.ts';

/** What all function objects made by the same code have in common. */
export interface Template {
  readonly definition: FunctionDefinition;
  readonly subject: Subject;
  readonly captures: readonly CaptureSite[];
  /** Start position of a class that the slice declares itself. */
  readonly ownClass: (type: Function) => number | undefined;
  /** Every captured variable is a constant of the script: read once, good for all function objects. */
  readonly fixed: boolean;
  /** Holds for all function objects of this code position, not for one alone. */
  readonly shared: boolean;
  /** Set once the same description holds for all. */
  described: Described | undefined;
}

/** What is known of a function object, or of all those that one description holds for. */
export interface Described {
  /** As found out last. */
  readonly description: FunctionDescription;
  /** Some captured variable can change, so it is read again at each submit. */
  readonly template: Template | undefined;
  /** The values it captured can never be others, and no job can change them for the next one. */
  readonly settled: boolean;
  /** The description was handed out. */
  sent: boolean;
  /** Holds for all further submits. */
  again: FunctionDescription | undefined;
}

/** Of a function whose description stays as it is. */
export function described(description: FunctionDescription, settled: boolean): Described {
  const bindable = settled && description.captured !== undefined;
  return { description, template: undefined, settled, sent: false, again: bindable ? undefined : description };
}

/** What `makeTemplate` starts from. */
export interface FunctionSite {
  readonly fn: Function;
  readonly script: Script;
  /** V8's start position. */
  readonly start: number;
  readonly live: LiveValues;
  readonly describe: (fn: Function) => FunctionDescription;
}

/** Decides between reference, source and slice. Throws CaptureError. */
export function makeTemplate(site: FunctionSite): Template {
  const { fn, script, start } = site;
  const subject: Subject = { name: fn.name, position: positionText(script, start) };
  const importable = !script.compiledHere && !isMainScript(script) && script.url?.startsWith('file:') === true;
  const commonJs = importable ? commonJsExport(fn, script) : undefined;
  if (commonJs !== undefined) return { ...plain(byReference(fn, script, commonJs), subject), shared: false };
  const plainly = importable ? plainExport(fn, script.source, start, site.live) : undefined;
  if (plainly !== undefined) return plain(byReference(fn, script, plainly), subject);
  const alone = importable ? undefined : sourceDefinition(site);
  if (alone !== undefined) return plain(alone, subject);
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
  if (exported !== undefined) return plain(byReference(fn, script, exported), subject);
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

function plain(definition: FunctionDefinition, subject: Subject): Template {
  return {
    definition,
    subject,
    captures: [],
    ownClass: () => undefined,
    fixed: true,
    shared: true,
    described: described({ definition }, true),
  };
}

function byReference(fn: Function, script: Script, exportName: string): FunctionDefinition {
  if (isLoading(script.url as string))
    throw cannotSend(
      { name: fn.name },
      `its module ${script.url} submits it while a worker imports that module, so each worker would start others without end`,
      'Submit it from a function that the program calls, not from the top of the module.',
    );
  return newDefinition({ kind: 'reference', name: fn.name, url: script.url as string, exportName });
}

/** The function's own text, if it uses no name at all from outside: known without parsing the whole script. */
function sourceDefinition({ fn, script, start }: FunctionSite): FunctionDefinition | undefined {
  const text = functionText(fn);
  const strict = isStrict(fn, script);
  if (text === undefined || strict === undefined || text.free.length > 0 || !standsAlone(text)) return undefined;
  const origin = originOf(script, start, text);
  return newDefinition({ kind: 'source', name: fn.name, source: text.source, strict, origin });
}

/** `undefined` where only the parsed script can tell. */
function isStrict(fn: Function, script: Script): boolean | undefined {
  // Plain functions have these two own properties in sloppy code only; other forms never.
  if (Object.hasOwn(fn, 'arguments')) return false;
  if (!script.compiledHere && /^\s*(?:import|export)\b/m.test(script.source)) return true;
  return /^function\b(?!\s*\*)/.test(Function.prototype.toString.call(fn)) ? true : undefined;
}

function originOf(script: Script, start: number, text: FunctionText): CodeOrigin {
  const here = lineAndColumn(script, start);
  const before = text.source.slice(0, text.start).split('\n');
  return {
    file: script.file,
    line: here.line - before.length + 1,
    column: before.length === 1 ? here.column - text.start : 0,
    ...mapOf(script),
  };
}

function mapOf(script: Script): { sourceMap?: string } {
  const { sourceMapsEnabled } = process as { sourceMapsEnabled?: boolean };
  return sourceMapsEnabled === true && script.sourceMap !== undefined ? { sourceMap: script.sourceMap } : {};
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
