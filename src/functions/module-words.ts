import { builtinModules } from 'node:module';
import { dirname } from 'node:path';
import { cannotCapture, type Subject } from './capture-error.ts';
import type { StaticField } from './class-statics.ts';
import type { ImportDeclaration } from './declarations.ts';
import type { ModuleNeed } from './definition.ts';
import { lexicalUses } from './lexical.ts';
import type { Edit } from './plan.ts';
import { isTyped } from './typed-globals.ts';
import { pathOf, type Script } from './script.ts';
import type { Reference, Syntax, SyntaxNode } from './syntax.ts';

/** Names the slice's own machinery goes by. */
export interface SliceNames {
  readonly modules: string;
  readonly captured: string;
  readonly classes: string;
  readonly state: string;
  /** Variable that holds the function, and the function that takes it. */
  readonly value: string;
  readonly result: string;
}

/** Names that occur nowhere in the script. */
export function sliceNames(source: string): SliceNames {
  let prefix = '$o';
  while (source.includes(prefix)) prefix += 'o';
  return {
    modules: `${prefix}m`,
    captured: `${prefix}c`,
    classes: `${prefix}k`,
    state: `${prefix}s`,
    value: `${prefix}v`,
    result: `${prefix}r`,
  };
}

/** The words whose meaning comes from the module a function stands in: imports, `import.meta`, `require`, `__dirname`. */
export class ModuleWords {
  readonly needs: ModuleNeed[] = [];
  readonly edits: Edit[] = [];
  readonly preamble: Map<string, string> = new Map();
  readonly #script: Script;
  readonly #syntax: Syntax;
  readonly #modules: string;

  constructor(script: Script, syntax: Syntax) {
    this.#script = script;
    this.#syntax = syntax;
    this.#modules = sliceNames(script.source).modules;
  }

  /** Gives an import binding, at one of its uses, the module's export in the worker. */
  useImport({ specifier, attributes, imported }: ImportDeclaration, name: string, reference: Reference): void {
    const module = this.#module(specifier, attributes);
    const access = imported === '*' ? module : `${module}[${JSON.stringify(imported)}]`;
    // An export can change after the import, so each use reads it from the module; those of Node itself do not.
    if (imported === '*' || isBuiltin(specifier)) this.preamble.set(name, access);
    else this.#replaceUse(reference, access);
  }

  /** Lets one use of a variable that lives on in the worker read and write it there. */
  useState(key: string, reference: Reference): void {
    this.#replaceUse(reference, `${sliceNames(this.#script.source).state}.${key}`);
  }

  /** The five names Node gives each CommonJS module. */
  useModuleWord(name: string, subject: Subject): boolean {
    if (name === 'require' && isTyped(this.#script)) {
      this.preamble.set(name, this.#need({ kind: 'require', base: '' }));
      return true;
    }
    const path =
      this.#syntax.sourceType === 'commonjs' && !this.#script.compiledHere ? pathOf(this.#script) : undefined;
    if (path === undefined) return false;
    if (name === '__filename') this.preamble.set(name, JSON.stringify(path));
    else if (name === '__dirname') this.preamble.set(name, JSON.stringify(dirname(path)));
    else if (name === 'require') this.preamble.set(name, this.#need({ kind: 'require', base: this.#base }));
    else if (name === 'module' || name === 'exports')
      throw cannotCapture(
        subject,
        name,
        'its module is not loaded in a worker; name the function or constant itself',
        undefined,
      );
    else return false;
    return true;
  }

  /** Replaces `import.meta` and `import()`: outside a module, or in another file, they would mean something else. */
  rewrite(node: SyntaxNode): void {
    const { importMeta, dynamicImports } = lexicalUses(node);
    for (const { start, end } of importMeta)
      this.#edit({ start, end, text: this.#need({ kind: 'meta', base: this.#base }) });
    for (const call of dynamicImports) {
      const awaited = this.#awaitedImport(call, node);
      const load = this.#need({ kind: 'import-function', base: this.#base });
      if (awaited === undefined) this.#edit({ start: call.start, end: call.start + 'import'.length, text: load });
      else this.#edit(awaited);
    }
  }

  /** `await import('x')` in a declaration: the slice is not async, so the worker loads `x` before it runs. */
  #awaitedImport(call: SyntaxNode, declaration: SyntaxNode): Edit | undefined {
    const parent = this.#syntax.parents.get(call);
    const source = call['source'] as SyntaxNode;
    if (parent?.type !== 'AwaitExpression' || source.type !== 'Literal') return undefined;
    for (let outer: SyntaxNode | undefined = parent; outer !== undefined; outer = this.#syntax.parents.get(outer)) {
      if (outer.type.includes('Function') || outer.type === 'StaticBlock') return undefined;
      if (outer === declaration) break;
    }
    return { start: parent.start, end: parent.end, text: this.#module(source['value'] as string, undefined) };
  }

  #replaceUse(reference: Reference, access: string): void {
    const node = reference.identifier as unknown as SyntaxNode;
    const parent = this.#syntax.parents.get(node);
    const isCalled = (parent?.type === 'CallExpression' && parent['callee'] === node) || parent?.['tag'] === node;
    const text = isCalled ? `(0, ${access})` : access;
    // `{ x }` and, in a pattern, `{ x = 1 }` name the property and the variable at once.
    const property = parent?.type === 'AssignmentPattern' ? this.#syntax.parents.get(parent) : parent;
    const shorthand = property?.type === 'Property' && property['shorthand'] === true && property.start === node.start;
    this.#edit({ start: node.start, end: node.end, text: shorthand ? `${node['name'] as string}: ${text}` : text });
  }

  /** Empties a static block of a class. */
  leaveOut({ start, end }: SyntaxNode): Edit {
    const edit = { start, end, text: 'static {}' };
    this.#edit(edit);
    return edit;
  }

  /** Gives static fields of a class, in its text, the values that `captured[index]` has under their names. */
  useStatics(fields: readonly StaticField[], index: number): void {
    const { captured } = sliceNames(this.#script.source);
    for (const { name, start, end, initialised } of fields)
      this.#edit({ start, end, text: `${initialised ? '' : ' = '}${captured}[${index}][${JSON.stringify(name)}]` });
  }

  #edit(edit: Edit): void {
    if (!this.edits.some(({ start }) => start === edit.start)) this.edits.push(edit);
  }

  #module(specifier: string, attributes: Readonly<Record<string, string>> | undefined): string {
    return this.#need({ kind: 'import', base: this.#base, specifier, ...(attributes && { attributes }) });
  }

  /** The expression that is the needed thing in the slice. */
  #need(need: ModuleNeed): string {
    const key = JSON.stringify(need);
    let index = this.needs.findIndex((other) => JSON.stringify(other) === key);
    if (index === -1) index = this.needs.push(need) - 1;
    return `${this.#modules}[${index}]`;
  }

  get #base(): string {
    return this.#script.url ?? '';
  }
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}
