import type { FunctionDefinition } from './definition.ts';
import { LiveValues, type Locator } from './live-values.ts';
import { newDefinition } from './live-definitions.ts';
import type { Template } from './described.ts';

const SOURCE = '(function (m, [target, self, ...args]) { return target.bind(self, ...args); })';

/** By name and number of values; programs bind a few methods again and again. */
const definitions = new Map<string, FunctionDefinition>();
const MAX_NAMES = 500;

/**
 * How a function that `bind` made is made again: from the function it calls, its `this` and its first arguments, which
 * travel as captured variables do. `undefined` if it is none, or nobody can look into it.
 */
export function boundTemplate(fn: Function, live: LiveValues): Template | undefined {
  const [scope] = live.scopes ?? [];
  if (scope?.description !== 'Bound') return undefined;
  const slots = Object.keys(scope.object);
  const locators = slots.map((name): Locator => ({ name, pick: 'innermost', neverUndefined: false }));
  return {
    definition: definitionOf(fn.name, slots.length),
    subject: { name: fn.name },
    captures: locators.map((locator) => ({
      locator,
      constant: true,
      stateKey: undefined,
      statics: undefined,
      declared: undefined,
    })),
    ownClass: () => undefined,
    fixed: false,
    shared: false,
    described: undefined,
  };
}

function definitionOf(name: string, captureCount: number): FunctionDefinition {
  const key = `${captureCount} ${name}`;
  let definition = definitions.get(key);
  if (definition === undefined) {
    if (definitions.size === MAX_NAMES) definitions.clear();
    const origin = { file: '', line: 0, column: 0 };
    definition = newDefinition({ kind: 'slice', name, source: SOURCE, needs: [], captureCount, origin });
    definitions.set(key, definition);
  }
  return definition;
}
