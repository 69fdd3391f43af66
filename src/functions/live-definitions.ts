import type { FunctionDefinition } from './definition.ts';

let lastId = 0;
/** Ids whose definition this thread still has. */
const live = new Set<number>();
const collected = new FinalizationRegistry<number>((id) => live.delete(id));

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** Gives a definition an id that is unique in this thread, for as long as anything here refers to the definition. */
export function newDefinition(parts: WithoutId<FunctionDefinition>): FunctionDefinition {
  lastId += 1;
  const definition = { ...parts, id: lastId } as FunctionDefinition;
  live.add(definition.id);
  collected.register(definition, definition.id);
  return definition;
}

const FIRST_SWEEP = 256;

/**
 * The definitions one worker has been sent. Programs make functions without end, so the worker is told which of them it
 * may drop: those the garbage collector has taken here. Nothing can name one of these any more, neither a function
 * object nor a job under way; a bound on their number would have to know both.
 */
export class SentDefinitions {
  readonly #ids = new Set<number>();
  #sweepAt = FIRST_SWEEP;

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  /**
   * Takes note of a definition that was sent.
   * @param forget tells the worker what it may drop; false if it cannot be told now.
   */
  add(definition: FunctionDefinition, forget: (ids: readonly number[]) => boolean): void {
    this.#ids.add(definition.id);
    if (definition.kind === 'closure') this.#ids.add(definition.slice.id);
    if (this.#ids.size < this.#sweepAt) return;
    const gone = [...this.#ids].filter((sent) => !live.has(sent));
    if (gone.length > 0 && forget(gone)) for (const dead of gone) this.#ids.delete(dead);
    // Twice what is left, so that looking through them costs little for each.
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#ids.size * 2);
  }
}
