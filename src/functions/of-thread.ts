/**
 * What all copies of the package in a thread have in common: the one that runs a worker is never the one that a task
 * imports. Keep to plain data, copies may be of different versions.
 */
export function ofThread<T extends object>(name: string, make: () => T): T {
  const place = globalThis as unknown as Record<symbol, T | undefined>;
  return (place[Symbol.for(`offloop.${name}`)] ??= make());
}
