import { isProxy } from 'node:util/types';
import { cannotSend, type Subject } from './capture-error.ts';
import { CapturedValues } from './captured-values.ts';
import { staticValues } from './class-statics.ts';
import { nextDefinitionId, type FunctionDefinition, type FunctionDescription } from './definition.ts';
import { inspectorFailure } from './inspector.ts';
import { builtinExport, globalPath, isNative } from './intrinsics.ts';
import { LiveValues } from './live-values.ts';
import { codePosition } from './natives.ts';
import { notReadable } from './refusals.ts';
import { scriptOf, type Script } from './script.ts';
import { stateVersion } from './state-versions.ts';
import { taskMark } from './task.ts';
import { makeTemplate, textTemplate, type Template } from './template.ts';

interface Known {
  readonly description: FunctionDescription;
  /** Some captured variable can change, so it is read again at each submit. */
  readonly template?: Template;
}

const known = new WeakMap<Function, Known>();
const templates = new WeakMap<Script, Map<number, Template>>();
/** Functions being described, outermost first: captured functions are described in turn. */
const inProgress = new Set<Function>();

/**
 * Finds out how another thread can have `fn`: by reference, source or slice. Synchronous; cached per function object and
 * per code position. Call it at each submit: captured variables that can change are read anew.
 *
 * @throws {CaptureError} The function, or something it uses, cannot travel; the message says what to write instead.
 */
export function describeFunction(fn: Function): FunctionDescription {
  const seen = known.get(fn);
  if (seen !== undefined && seen.template === undefined) return seen.description;
  if (inProgress.has(fn)) throw cannotSend({ name: fn.name }, 'the variables it captures lead back to it', CYCLE);
  inProgress.add(fn);
  try {
    const found = seen?.template === undefined ? describeNew(fn) : instantiate(fn, seen.template);
    known.set(fn, found);
    return found.description;
  } finally {
    inProgress.delete(fn);
  }
}

const CYCLE = 'Declare it as a function or const, which it can call by its name.';

function describeNew(fn: Function): Known {
  const mark = taskMark(fn);
  if (mark !== undefined) return reference(fn, mark.url, mark.exportName);
  const subject: Subject = { name: fn.name };
  if (isProxy(fn)) throw cannotSend(subject, 'it is a Proxy', 'Send a function that makes it.');
  if (isNative(fn)) return describeNative(fn, subject);
  const position = codePosition(fn);
  const script = position === undefined ? undefined : scriptOf(fn, position.scriptId);
  if (position === undefined || script === undefined) return { description: textTemplate(fn).description };
  if (script.file.startsWith('node:')) return describeNative(fn, subject);
  let known = templates.get(script);
  if (known === undefined) templates.set(script, (known = new Map()));
  const live = new LiveValues(fn);
  let template = known.get(position.start);
  if (template === undefined) {
    template = makeTemplate({ fn, script, start: position.start, live, describe: describeFunction });
    if (template.shared) known.set(position.start, template);
  }
  return instantiate(fn, template, live);
}

function describeNative(fn: Function, subject: Subject): Known {
  const path = globalPath(fn);
  if (path !== undefined) {
    const definition = {
      kind: 'source',
      id: nextDefinitionId(),
      name: fn.name,
      source: path.join('.'),
      strict: true,
    } as const;
    return { description: { definition } };
  }
  if (fn.name.startsWith('bound '))
    throw cannotSend(
      subject,
      'it is a bound function',
      'Write an arrow function instead: (...args) => object.method(...args).',
    );
  return describeBuiltin(fn, subject);
}

function describeBuiltin(fn: Function, subject: Subject): Known {
  const found = builtinExport(fn);
  if (found === undefined || found.need.kind !== 'import')
    throw cannotSend(subject, 'it is a function of the runtime itself', 'Call it from an arrow function of your own.');
  return reference(fn, found.need.specifier, found.exportName ?? 'default');
}

function reference(fn: Function, url: string, exportName: string): Known {
  return { description: { definition: { kind: 'reference', id: nextDefinitionId(), name: fn.name, url, exportName } } };
}

/** The template with the values that this function object captured, as they are now. */
function instantiate(fn: Function, template: Template, live: LiveValues = new LiveValues(fn)): Known {
  if (template.description !== undefined) return { description: template.description };
  const values = new CapturedValues();
  const { subject, definition } = template;
  const versions: number[] = [];
  for (const { locator, declared, workerState, statics } of template.captures) {
    const found = live.find(locator);
    if (found.state !== 'found') throw notReadable(subject, locator, found.state, declared, inspectorFailure());
    if (workerState) versions.push(stateVersion(stateScript(definition), locator.name, found.value));
    values.add(statics === undefined ? found.value : staticValues(found.value as object, statics), {
      subject,
      variable: locator.name,
      declared,
      describe: describeFunction,
      ownClass: template.ownClass,
    });
  }
  if (versions.length > 0) values.addVersions(versions);
  const description = { definition, captured: values.toArray() };
  if (template.fixed && !values.copied) template.description = description;
  return template.captures.every(({ constant }) => constant) && !values.copied
    ? { description }
    : { description, template };
}

function stateScript(definition: FunctionDefinition): number {
  return definition.kind === 'slice' && definition.state !== undefined ? definition.state.script : -1;
}
