import type { FunctionDescription } from './definition.ts';
let id = 0;
const cache = new WeakMap<object, FunctionDescription>();
export function describeFunction(fn: unknown): FunctionDescription {
  let d = cache.get(fn as object);
  if (d === undefined) {
    d = { definition: { kind: 'source', id: ++id, name: (fn as { name: string }).name, source: String(fn) } };
    cache.set(fn as object, d);
  }
  return d;
}
