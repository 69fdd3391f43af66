let keep = false;

/** Debug mode keeps where futures and tasks were made, where waits were begun and who cancelled. */
export function keepStacks(on: boolean): void {
  keep = on;
}

/**
 * The caller's stack in debug mode, else undefined: taking one costs more than all the rest of a task. As an error,
 * because V8 makes the text only when it is asked for.
 */
export function stackInDebug(what: string): Error | undefined {
  return keep ? new Error(what) : undefined;
}

export function keepsStacks(): boolean {
  return keep;
}

/** Beside the objects and not on them: outside debug mode nobody pays for the field. */
const remembered = new WeakMap<object, Error>();

/** Keeps where `object` is made: a future, a task, a wait. Only in debug mode. */
export function rememberStack(object: object): void {
  remembered.set(object, new Error('created'));
}

export function rememberedStack(object: object): string | undefined {
  return remembered.get(object)?.stack;
}
