import type { FunctionDescription, ModuleNeed } from './definition.ts';
import type { Subject } from './capture-error.ts';
import { hiddenState, notReadable, usesArguments } from './refusals.ts';
import { travels, type CaptureContext } from './captured-values.ts';
import { hiddenStatic, staticBlocks, staticFields, staticValues, type StaticField } from './class-statics.ts';
import { declarationOf, type CodeDeclaration, type DeclarationText, type ValueDeclaration } from './declarations.ts';
import { literal } from './literal.ts';
import { refuseLostAssignments } from './lost-assignments.ts';
import { locate, scopeAround, type LiveValue, type LiveValues, type Locator } from './live-values.ts';
import { isTypedGlobal } from './typed-globals.ts';
import { ModuleWords } from './module-words.ts';
import { codePosition } from './natives.ts';
import { holdsEntries } from './replay.ts';
import { positionText, type Script } from './script.ts';
import {
  isTopLevel,
  referencesWithin,
  startOf,
  type Reference,
  type Scope,
  type Syntax,
  type SyntaxNode,
  type Variable,
} from './syntax.ts';
import { checkUnchanged } from './unchanged.ts';
import { refuseOuterWords } from './words.ts';

/** A stretch of the script that goes into the slice as it stands, in the scope that declares it. */
export interface Piece extends DeclarationText {
  readonly scope: Scope;
}

/** A variable whose value is read when the function is submitted. */
export interface CaptureSite {
  readonly locator: Locator;
  /** Nothing writes to it after its declaration has run. */
  readonly constant: boolean;
  /** Of a variable that lives on in the worker, which keeps what functions assign to it: its name there. */
  readonly stateKey: string | undefined;
  /** The captured value is made of these static fields of the class that the variable holds. */
  readonly statics: readonly string[] | undefined;
  /** `file:line:column`, where known. */
  readonly declared: string | undefined;
}

/** A captured variable with the scope that declares it; scopes hold on to the syntax tree, so only plans have them. */
export interface Capture extends CaptureSite {
  readonly scope: Scope;
}

/** A replacement in the copied text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What a slice holds, before it is written out. */
export interface SlicePlan {
  readonly pieces: readonly Piece[];
  readonly captures: readonly Capture[];
  readonly needs: readonly ModuleNeed[];
  readonly edits: readonly Edit[];
  /** Declarations that open the slice: name → expression. */
  readonly preamble: ReadonlyMap<string, string>;
  /** Classes whose instances are captured, by the start of the piece that declares them. */
  readonly classes: ReadonlyMap<number, { readonly name: string; readonly classAt: number }>;
}

/** Everything about the function that is to be cut out. */
export interface SliceSubject extends Subject {
  readonly script: Script;
  readonly syntax: Syntax;
  readonly target: SyntaxNode;
  readonly live: LiveValues;
  readonly describe: (fn: Function) => FunctionDescription;
}

/** Collects what a function uses, and what that uses, until nothing new comes up. Throws CaptureError. */
export function planSlice(subject: SliceSubject): SlicePlan {
  const planner = new Planner(subject);
  planner.include(subject.target, subject.target);
  refuseLostAssignments(planner.captures, planner.pieces, subject);
  return {
    pieces: planner.pieces,
    captures: planner.captures,
    needs: planner.words.needs,
    edits: planner.words.edits,
    preamble: planner.words.preamble,
    classes: planner.classes,
  };
}

class Planner {
  readonly pieces: Piece[] = [];
  readonly captures: Capture[] = [];
  readonly classes: Map<number, { name: string; classAt: number }> = new Map();
  readonly words: ModuleWords;
  readonly #subject: SliceSubject;
  /** Initialisers that do not go along. */
  readonly #replaced: { readonly start: number; readonly end: number }[] = [];
  readonly #seen = new Set<Variable | string>();

  constructor(subject: SliceSubject) {
    this.#subject = subject;
    this.words = new ModuleWords(subject.script, subject.syntax);
  }

  /** Follows everything that the stretch of `text` uses; `node` is the declaration or function in it. */
  include(node: SyntaxNode, { start, end }: { readonly start: number; readonly end: number }): void {
    refuseOuterWords(node, this.#subject);
    this.words.rewrite(node);
    for (const reference of referencesWithin(this.#subject.syntax, start, end)) {
      const variable = reference.resolved;
      if (this.#replaced.some((field) => startOf(reference) >= field.start && startOf(reference) < field.end)) continue;
      if (variable === null) this.#includeGlobal(reference);
      else if (!isWithin(variable.scope, start, end)) this.#includeVariable(variable, reference);
    }
  }

  #includeVariable(variable: Variable, reference: Reference): void {
    const { syntax, script } = this.#subject;
    const declaration = declarationOf(variable, syntax);
    if (declaration?.kind === 'import') return this.words.useImport(declaration, variable.name, reference);
    if (declaration?.kind === 'value' && declaration.stateKey !== undefined)
      this.words.useState(declaration.stateKey, reference);
    if (this.#seen.has(variable)) return;
    this.#seen.add(variable);
    if (declaration === undefined) throw usesArguments(this.#subject);
    if (declaration.kind === 'code') {
      const live = this.#find(variable, false);
      if (live.state === 'found') checkUnchanged(live.value, declaration.node, variable.name, this.#subject);
      this.#includeStatics(variable, declaration, live);
      // Inside its body a class has a name of its own; what is outside sees the declaration.
      const { scope } = variable;
      this.#includeText(declaration.text, isClassScope(scope) ? (scope.upper as Scope) : scope, declaration.node);
    } else if (declaration.loadsModule && declaration.replay !== undefined)
      this.#includeText(declaration.replay, variable.scope, declaration.replay.node);
    else this.#includeValue(variable, declaration, positionText(script, declaration.at));
  }

  /** A class goes by its text, but its static fields have the values they have now. */
  #includeStatics(variable: Variable, { node, at }: CodeDeclaration, live: LiveValue): void {
    const { script, target, syntax } = this.#subject;
    const fields = staticFields(node);
    const hidden = hiddenStatic(node);
    if (hidden !== undefined) throw hiddenState(this.#subject, variable.name, hidden, positionText(script, at));
    for (const block of staticBlocks(node)) this.#replaced.push(this.words.leaveOut(block));
    if (fields.length === 0 || this.pieces.some(({ start }) => start === node.start)) return;
    const declared = positionText(script, at);
    const locator = locate(variable, target, syntax, false);
    if (live.state !== 'found') throw notReadable(this.#subject, locator, live.state, declared);
    const sent = fields.filter((field) => this.#staticTravels(field, live.value, locator, declared));
    if (sent.length === 0) return;
    const statics = sent.map(({ name }) => name);
    const index =
      this.captures.push({ locator, scope: variable.scope, constant: false, stateKey: undefined, statics, declared }) -
      1;
    this.words.useStatics(sent, index);
    this.#replaced.push(...sent);
  }

  #staticTravels(field: StaticField, type: unknown, { name }: Locator, declared: string): boolean {
    try {
      const value = staticValues(type as object, [field.name]);
      travels(value, this.#context(`${name}.${field.name}`, declared));
      return field.name in value;
    } catch (error) {
      if (field.pure) return false;
      throw error;
    }
  }

  #find(variable: Variable, neverUndefined: boolean): LiveValue {
    const { syntax, target, live } = this.#subject;
    return live.find(locate(variable, target, syntax, neverUndefined));
  }

  #includeText(text: DeclarationText, scope: Scope, node: SyntaxNode): void {
    if (this.pieces.some(({ start }) => start === text.start)) return;
    this.pieces.push({ start: text.start, end: text.end, prefix: text.prefix, suffix: text.suffix, scope });
    this.include(node, text);
  }

  #includeValue(variable: Variable, declaration: ValueDeclaration, declared: string): void {
    const { syntax, target, live } = this.#subject;
    const { constant, replay, stateKey } = declaration;
    const locator = locate(variable, target, syntax, declaration.neverUndefined);
    const found = live.find(locator);
    try {
      const value = this.#take(found, locator, declared);
      const text = constant && isTopLevel(variable.scope) ? literal(value) : undefined;
      if (text !== undefined) this.words.preamble.set(variable.name, text);
      else this.captures.push({ locator, scope: variable.scope, constant, stateKey, statics: undefined, declared });
    } catch (error) {
      if (replay === undefined || found.state === 'unset' || holdsEntries(found)) throw error;
      this.#includeText(replay, variable.scope, replay.node);
    }
  }

  /** The value, if it is there and can travel; else throws the CaptureError. */
  #take(found: LiveValue, locator: Locator, declared: string | undefined): unknown {
    if (found.state !== 'found') throw notReadable(this.#subject, locator, found.state, declared);
    travels(found.value, this.#context(locator.name, declared));
    return found.value;
  }

  #context(variable: string, declared: string | undefined): CaptureContext {
    const subject = this.#subject;
    return { subject, variable, declared, describe: subject.describe, ownClass: (type) => this.#ownClass(type) };
  }

  /** A class of this script whose instance is captured goes along, so that instance and class match in the worker. */
  #ownClass(type: Function): number | undefined {
    const { script, syntax, target } = this.#subject;
    const position = codePosition(type);
    const node = position?.scriptId === script.id ? syntax.functions.get(position.start) : undefined;
    if (node === undefined || position === undefined || !node.type.endsWith('Declaration')) return undefined;
    const [variable] = syntax.scopes.getDeclaredVariables(node as never);
    if (variable === undefined || !isVisible(variable, scopeAround(target, syntax))) return undefined;
    const declaration = declarationOf(variable, syntax);
    if (declaration?.kind !== 'code') return undefined;
    checkUnchanged(type, node, variable.name, this.#subject);
    this.#includeStatics(variable, declaration, { state: 'found', value: type });
    this.#includeText(declaration.text, variable.scope, declaration.node);
    this.#seen.add(variable);
    this.classes.set(declaration.text.start, { name: variable.name, classAt: position.start });
    return position.start;
  }

  /** A name the script does not declare: a global, a word of its module system, or a parameter of a wrapper around it. */
  #includeGlobal(reference: Reference): void {
    const name = (reference.identifier as unknown as SyntaxNode)['name'] as string;
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    if (name === 'arguments') throw usesArguments(this.#subject);
    if (this.words.useModuleWord(name, this.#subject)) return;
    let locator: Locator = { name, pick: 'innermost', neverUndefined: false };
    const found = this.#subject.live.find(locator);
    if (found.state === 'missing') {
      if (!isTypedGlobal(name, this.#subject.script)) return;
      locator = { ...locator, pick: 'global' };
    }
    this.#take(this.#subject.live.find(locator), locator, undefined);
    const scope = this.#subject.syntax.scopes.scopes[0] as Scope;
    this.captures.push({
      locator,
      scope,
      constant: false,
      stateKey: undefined,
      statics: undefined,
      declared: undefined,
    });
  }
}

function isVisible(variable: Variable, from: Scope | null): boolean {
  for (let scope = from; scope !== null; scope = scope.upper)
    if (scope.set.has(variable.name)) return scope.set.get(variable.name) === variable;
  return false;
}

function isClassScope(scope: Scope): boolean {
  return (scope.type as string) === 'class';
}

function isWithin(scope: Scope, start: number, end: number): boolean {
  const block = scope.block as unknown as SyntaxNode;
  return block.start >= start && block.end <= end;
}
