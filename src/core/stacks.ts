let keep = false;

/** Debug mode keeps where futures and tasks were made, where waits were begun and who cancelled. */
export function keepStacks(on: boolean): void {
  keep = on;
}

/** The caller's stack in debug mode, else undefined: taking one costs more than all the rest of a task. */
export function stackInDebug(what: string): string | undefined {
  return keep ? new Error(what).stack : undefined;
}

export function keepsStacks(): boolean {
  return keep;
}
