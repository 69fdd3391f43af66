import type { ModuleNeed } from './definition.ts';
import { ofThread } from './of-thread.ts';

/**
 * What the loader of this thread gave to slices: a function made inside one (a nested pool) may capture it, and it cannot
 * be copied, but can be made again the same way.
 */
const recipes = ofThread('recipes', () => new WeakMap<object, ModuleNeed>());

/** Remembers how `thing` was made. */
export function rememberRecipe<T extends object>(thing: T, need: ModuleNeed): T {
  recipes.set(thing, need);
  return thing;
}

/** How `thing` can be made again in another thread. */
export function recipeOf(thing: object): ModuleNeed | undefined {
  return recipes.get(thing);
}
