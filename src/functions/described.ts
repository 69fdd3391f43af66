import type { Subject } from './capture-error.ts';
import type { FunctionDefinition, FunctionDescription } from './definition.ts';
import type { LiveValues } from './live-values.ts';
import type { CaptureSite } from './plan.ts';
import type { Script } from './script.ts';

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

/** Of code that captures nothing. */
export function plainTemplate(definition: FunctionDefinition, subject: Subject): Template {
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
