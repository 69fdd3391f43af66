import { isProxy } from 'node:util/types';
import { boundTemplate } from './bound-function.ts';
import { cannotSend, type Subject } from './capture-error.ts';
import { CapturedValues, isCallback } from './captured-values.ts';
import { staticValues } from './class-statics.ts';
import { textTemplate } from './cut-template.ts';
import type { FunctionDefinition, FunctionDescription, SliceDefinition } from './definition.ts';
import { described, type Described, type Template } from './described.ts';
import { inspectorFailure } from './inspector.ts';
import { builtinExport, globalPath, isNative } from './intrinsics.ts';
import { newDefinition } from './live-definitions.ts';
import { LiveValues } from './live-values.ts';
import { codePosition } from './natives.ts';
import { notReadable } from './refusals.ts';
import { scriptOf, type Script } from './script.ts';
import { stateVersion } from './state-versions.ts';
import { taskMark } from './task.ts';
import { makeTemplate } from './template.ts';

const known = new WeakMap<Function, Described>();
const templates = new WeakMap<Script, Map<number, Template>>();
/** Functions being described, outermost first: captured functions are described in turn. */
const inProgress = new Set<Function>();

/**
 * Finds out how another thread can have `fn`: by reference, source or slice. Synchronous; cached per function object and
 * per code position. Call it at each submit: captured variables that can change are read anew.
 *
 * A function object whose captured values can never be others gets a definition of its own when it comes a second time:
 * workers keep it then. Most come once, and are not worth it.
 *
 * @throws {CaptureError} The function, or something it uses, cannot travel; the message says what to write instead.
 */
export function describeFunction(fn: Function): FunctionDescription {
  const seen = known.get(fn)?.again;
  if (seen !== undefined) return seen;
  const found = look(fn);
  if (found.settled && found.sent) return (found.again = asClosure(found.description));
  found.sent = true;
  return found.description;
}

function asClosure({ definition, captured }: FunctionDescription): FunctionDescription {
  const { name } = definition;
  return {
    definition: newDefinition({
      kind: 'closure',
      name,
      slice: definition as SliceDefinition,
      captured: captured ?? [],
    }),
  };
}

/** What is known of `fn` now. */
function look(fn: Function): Described {
  const seen = known.get(fn);
  if (seen !== undefined && seen.template === undefined) return seen;
  if (inProgress.has(fn)) throw cannotSend({ name: fn.name }, 'the variables it captures lead back to it', CYCLE);
  inProgress.add(fn);
  try {
    const found = seen?.template === undefined ? describeNew(fn) : instantiate(fn, seen.template);
    known.set(fn, found);
    return found;
  } finally {
    inProgress.delete(fn);
  }
}

const CYCLE = 'Declare it as a function or const, which it can call by its name.';

/** Of a function inside captured values. Its definition goes wherever these go, so it gets none of its own. */
function describeCaptured(fn: Function): FunctionDescription {
  return look(fn).description;
}

function describeNew(fn: Function): Described {
  const mark = taskMark(fn);
  if (mark !== undefined) return reference(fn, mark.url, mark.exportName);
  const subject: Subject = { name: fn.name };
  if (isCallback(fn)) throw cannotSend(subject, 'it is a callback, which stays here', 'Send a function that calls it.');
  if (isProxy(fn)) throw cannotSend(subject, 'it is a Proxy', 'Send a function that makes it.');
  if (isNative(fn)) return describeNative(fn, subject);
  const position = codePosition(fn);
  const script = position === undefined ? undefined : scriptOf(fn, position.scriptId);
  if (position === undefined || script === undefined) return described(textTemplate(fn).description, true);
  if (script.file.startsWith('node:')) return describeNative(fn, subject);
  let known = templates.get(script);
  if (known === undefined) templates.set(script, (known = new Map()));
  const live = new LiveValues(fn);
  let template = known.get(position.start);
  if (template === undefined) {
    template = makeTemplate({ fn, script, start: position.start, live, describe: describeCaptured });
    if (template.shared) known.set(position.start, template);
  }
  return instantiate(fn, template, live);
}

function describeNative(fn: Function, subject: Subject): Described {
  const path = globalPath(fn);
  if (path !== undefined) {
    const definition = newDefinition({ kind: 'source', name: fn.name, source: path.join('.'), strict: true });
    return described({ definition }, true);
  }
  const found = builtinExport(fn);
  if (found?.need.kind === 'import') return reference(fn, found.need.specifier, found.exportName ?? 'default');
  const live = new LiveValues(fn);
  const bound = boundTemplate(fn, live);
  if (bound !== undefined) return instantiate(fn, bound, live);
  const what = fn.name.startsWith('bound ') ? 'a bound function' : 'a function of the runtime itself';
  throw cannotSend(subject, `it is ${what}`, 'Call it from an arrow function: (...args) => object.method(...args).');
}

function reference(fn: Function, url: string, exportName: string): Described {
  return described({ definition: newDefinition({ kind: 'reference', name: fn.name, url, exportName }) }, true);
}

/** The template with the values that this function object captured, as they are now. */
function instantiate(fn: Function, template: Template, live: LiveValues = new LiveValues(fn)): Described {
  if (template.described !== undefined) return template.described;
  const constant = template.captures.every((capture) => capture.constant);
  let settled = constant;
  const describe = (inner: Function): FunctionDescription => {
    const found = look(inner);
    settled &&= found.settled;
    return found.description;
  };
  const values = new CapturedValues();
  const { subject, definition } = template;
  const versions: number[] = [];
  for (const { locator, declared, stateKey, statics } of template.captures) {
    const found = live.find(locator);
    if (found.state !== 'found') throw notReadable(subject, locator, found.state, declared, inspectorFailure());
    if (stateKey !== undefined) versions.push(stateVersion(stateScript(definition), stateKey, found.value));
    values.add(statics === undefined ? found.value : staticValues(found.value as object, statics), {
      subject,
      variable: locator.name,
      declared,
      describe,
      ownClass: template.ownClass,
    });
  }
  if (versions.length > 0) values.addVersions(versions);
  settled &&= !values.holdObjects;
  const description = { definition, captured: values.toArray() };
  const found = described(description, settled);
  if (!constant || (values.copied && !settled)) return { ...found, template, again: undefined };
  if (template.fixed) template.described = found;
  return found;
}

function stateScript(definition: FunctionDefinition): number {
  return definition.kind === 'slice' && definition.state !== undefined ? definition.state.script : -1;
}
