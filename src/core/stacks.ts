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
