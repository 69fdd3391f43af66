import { Script } from 'node:vm';
import { CaptureError } from '../errors.ts';
import { adoptSourceMap } from './adopt-source-map.ts';
import type {
  ClosureDefinition,
  CodeOrigin,
  FunctionDefinition,
  ReferenceDefinition,
  Revivals,
  SliceDefinition,
  SourceDefinition,
} from './definition.ts';
import { loaderHooks } from './loader-hooks.ts';
import { finishedLoading, startedLoading } from './loading.ts';
import { provideNeed } from './module-access.ts';
import { reviveOwnInstances, reviveValues } from './revive.ts';
import { forgetCompiled, rememberCompiled } from './script.ts';
import { ScriptState } from './worker-state.ts';

/** Compiled functions out of captured values that are kept for the next job. */
const MAX_INNER = 200;

/** Makes a slice's function from the modules it needs and the values it captured. */
type Factory = (
  modules: readonly unknown[],
  captured: readonly unknown[],
  classes: Record<number, Function>,
  state: Readonly<Record<string, unknown>>,
) => Function;

/** A definition as far as it does not depend on captured values. */
interface Loaded {
  readonly fn?: Function;
  readonly factory?: Factory;
  readonly modules?: readonly unknown[];
  /** Compiled text, to be forgotten with it. */
  readonly text?: string;
}

/**
 * Worker side: turns definitions into functions. Each is compiled once; a slice that captures values is then instantiated
 * for each job, so that no job sees what another did to its copies, or once if nobody can change these values.
 */
export class FunctionLoader {
  readonly #loaded = new Map<number, Loaded | Promise<Loaded>>();
  /** Definitions that came inside captured values, the one used last at the end. */
  readonly #inner = new Set<number>();
  readonly #states = new Map<number, ScriptState>();

  /**
   * The function of a definition, with this job's captured values. A Promise only if modules have to be loaded first.
   * Call it with `undefined` as `this`.
   *
   * @throws {CaptureError} The module does not export the function. Errors of the module itself pass as they are.
   */
  load(definition: FunctionDefinition, captured?: readonly unknown[]): Function | Promise<Function> {
    const known = this.#loaded.get(definition.id);
    const loaded = known ?? this.#prepare(definition);
    if (loaded instanceof Promise) return loaded.then((ready) => this.#instantiate(definition, ready, captured));
    return this.#instantiate(definition, loaded, captured);
  }

  /** Drops what was compiled for a definition; it can be loaded again. */
  forget(id: number): void {
    const loaded = this.#loaded.get(id);
    if (loaded !== undefined && !(loaded instanceof Promise) && loaded.text !== undefined) forgetCompiled(loaded.text);
    this.#loaded.delete(id);
  }

  #prepare(definition: FunctionDefinition): Loaded | Promise<Loaded> {
    const loaded = definition.kind === 'closure' ? this.#close(definition) : prepare(definition);
    this.#loaded.set(definition.id, loaded);
    if (!(loaded instanceof Promise)) return loaded;
    return loaded.then(
      (ready) => {
        this.#loaded.set(definition.id, ready);
        return ready;
      },
      (error: unknown) => {
        // The next job may find the file there, or the server up: each tries again.
        this.#loaded.delete(definition.id);
        throw error;
      },
    );
  }

  #close({ slice, captured }: ClosureDefinition): Loaded | Promise<Loaded> {
    const fn = this.load(slice, captured);
    return fn instanceof Promise ? fn.then((ready) => ({ fn: ready })) : { fn };
  }

  #instantiate(
    definition: FunctionDefinition,
    loaded: Loaded,
    captured: readonly unknown[] = [],
  ): Function | Promise<Function> {
    if (loaded.fn !== undefined) return loaded.fn;
    const { factory, modules } = loaded as Required<Loaded>;
    const values = [...captured];
    const count = (definition as SliceDefinition).captureCount;
    const revivals = values.length > count ? (values.pop() as Revivals) : undefined;
    const make = (): Function => {
      const classes: Record<number, Function> = {};
      const state = this.#receiveState(definition as SliceDefinition, values);
      const fn = named(factory(modules, values, classes, state), definition.name);
      if (revivals !== undefined) reviveOwnInstances(revivals, classes);
      return fn;
    };
    if (revivals === undefined) return make();
    const pending = reviveValues(values, revivals, (inner, innerCaptured) => this.#loadInner(inner, innerCaptured));
    return pending.length === 0 ? make() : Promise.all(pending).then(make);
  }

  /** A function inside captured values. It comes with its definition each time, so nobody says when it is not needed. */
  #loadInner(definition: FunctionDefinition, captured?: readonly unknown[]): Function | Promise<Function> {
    this.#inner.delete(definition.id);
    this.#inner.add(definition.id);
    if (this.#inner.size > MAX_INNER) {
      const oldest = this.#inner.values().next().value as number;
      this.#inner.delete(oldest);
      this.forget(oldest);
    }
    return this.load(definition, captured);
  }

  /** The script's variables that live on here, brought up to date with this job's values. */
  #receiveState({ state, captureCount }: SliceDefinition, values: readonly unknown[]): Record<string, unknown> {
    if (state === undefined) return {};
    let script = this.#states.get(state.script);
    if (script === undefined) this.#states.set(state.script, (script = new ScriptState()));
    const versions = values[captureCount - 1] as readonly number[];
    for (const [order, [name, index]] of Object.entries(state.names).entries())
      script.receive(name, values[index], versions[order] as number);
    return script.variables;
  }
}

function prepare(definition: Exclude<FunctionDefinition, ClosureDefinition>): Loaded | Promise<Loaded> {
  if (definition.kind === 'reference') return importReference(definition);
  if (definition.kind === 'source') return prepareSource(definition);
  const factory = compile(definition.source, definition.origin) as Factory;
  const provided = definition.needs.map((need) => provideNeed(need));
  const finish = (modules: readonly unknown[]): Loaded => {
    if (definition.captureCount > 0) return { factory, modules, text: definition.source };
    return { fn: named(factory(modules, [], {}, {}), definition.name), text: definition.source };
  };
  return provided.some((value) => value instanceof Promise) ? Promise.all(provided).then(finish) : finish(provided);
}

function prepareSource({ source, strict, name, origin }: SourceDefinition): Loaded {
  const directive = strict ? "'use strict';" : '';
  const text = `${directive}${source}`;
  const shifted = origin === undefined ? undefined : { ...origin, column: origin.column - directive.length };
  return { fn: named(compile(text, shifted) as Function, name), text };
}

function compile(text: string, origin: CodeOrigin | undefined): unknown {
  const { file = '', line = 0, column = 0, sourceMap } = origin ?? {};
  if (sourceMap !== undefined) adoptSourceMap(file, sourceMap);
  rememberCompiled(text, { file, url: file === '' ? undefined : file, line, column, sourceMap, compiledHere: true });
  const script = new Script(text, { ...(file !== '' && { filename: file }), lineOffset: line, columnOffset: column });
  return script.runInThisContext();
}

/** Gives a function the name it has at home: what stands around it there may have named it. */
function named(fn: Function, name: string): Function {
  const own = Object.getOwnPropertyDescriptor(fn, 'name');
  if (own?.value !== name && own?.configurable === true && typeof own.value === 'string')
    Object.defineProperty(fn, 'name', { value: name, configurable: true });
  return fn;
}

async function importReference({ url, exportName }: ReferenceDefinition): Promise<Loaded> {
  await loaderHooks();
  startedLoading(url);
  let module: Record<string, unknown>;
  try {
    module = (await import(url)) as Record<string, unknown>;
  } finally {
    finishedLoading(url);
  }
  const fn = exportOf(module, exportName);
  if (typeof fn === 'function') return { fn };
  throw new CaptureError(
    `${url} does not export a function named ${exportName}; a worker takes a function by the name it is exported under. ` +
      `It exports ${Object.keys(module).join(', ') || 'nothing'}.`,
  );
}

/** CommonJS exports are members of the default export, and compilers put a default export inside that. */
function exportOf(module: Record<string, unknown>, name: string): unknown {
  const exports = module['default'] as Record<string, unknown> | undefined | null;
  if (name === 'default') return typeof exports === 'function' ? exports : exports?.['default'];
  return name in module ? module[name] : exports?.[name];
}
