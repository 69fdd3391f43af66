/**
 * Main side of variables that live on in workers: counts how often each got another value here. A worker that assigned
 * one keeps its own value until the program assigns another.
 */
const versions = new Map<number, Map<string, { value: unknown; version: number }>>();
const MAX_SCRIPTS = 500;

/** The version of a script's variable, by its name of its own, given the value it has now. */
export function stateVersion(script: number, name: string, value: unknown): number {
  let variables = versions.get(script);
  if (variables === undefined) {
    if (versions.size >= MAX_SCRIPTS) versions.delete(versions.keys().next().value as number);
    versions.set(script, (variables = new Map()));
  }
  let known = variables.get(name);
  if (known === undefined) variables.set(name, (known = { value, version: 1 }));
  if (!Object.is(known.value, value)) {
    known.value = value;
    known.version += 1;
  }
  return known.version;
}
