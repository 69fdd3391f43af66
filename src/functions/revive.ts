import type { FunctionDefinition, Revival, Revivals } from './definition.ts';
import { provideNeed } from './module-access.ts';

type Load = (definition: FunctionDefinition, captured?: readonly unknown[]) => Function | Promise<Function>;
type Settle = (value: unknown) => void;

/**
 * Puts functions, globals and classes back into captured values that were copied without them. Returns the promises of
 * what has to be loaded first; the slice's own classes are left for `reviveOwnInstances`.
 */
export function reviveValues(values: unknown[], { holders, entries }: Revivals, load: Load): Promise<void>[] {
  const pending: Promise<void>[] = [];
  const settle = (value: unknown, put: Settle): void => {
    if (value instanceof Promise) pending.push(value.then(put));
    else put(value);
  };
  for (const entry of entries) {
    if (entry.kind === 'own-instance') continue;
    if (entry.kind === 'instance') {
      const instance = holders[entry.holder] as object;
      settle(load(entry.of.definition, entry.of.captured), (type) => {
        restore(instance, type as Function);
      });
    } else settle(valueOf(entry, load), putter(values, holders, entry));
  }
  return pending;
}

/** Gives instances the classes that the slice itself declares, by their start position. */
export function reviveOwnInstances({ holders, entries }: Revivals, classes: Readonly<Record<number, Function>>): void {
  for (const entry of entries)
    if (entry.kind === 'own-instance') restore(holders[entry.holder] as object, classes[entry.classAt] as Function);
}

function restore(instance: object, type: Function): void {
  Object.setPrototypeOf(instance, type.prototype as object);
}

function valueOf(entry: Exclude<Revival, { kind: 'instance' | 'own-instance' }>, load: Load): unknown {
  if (entry.kind === 'function') return load(entry.function.definition, entry.function.captured);
  if (entry.kind === 'global') return at(globalThis, entry.path);
  const { exportName } = entry;
  const provided = provideNeed(entry.need);
  return exportName === undefined
    ? provided
    : (provided as Promise<Record<string, unknown>>).then((module) => module[exportName]);
}

function at(object: unknown, path: readonly string[]): unknown {
  return path.reduce((value, key) => (value as Record<string, unknown>)[key], object);
}

function putter(
  values: unknown[],
  holders: readonly unknown[],
  slot: { holder: number; key: string | number },
): Settle {
  const holder = slot.holder === -1 ? values : holders[slot.holder];
  return (value) => {
    if (holder instanceof Map) holder.set([...holder.keys()][slot.key as number], value);
    else (holder as Record<string | number, unknown>)[slot.key] = value;
  };
}
