import { ofThread } from './of-thread.ts';

/** Modules that a worker of this thread is importing to get at a function, and how many loads wait for each. */
const loading = ofThread('loading', () => new Map<string, number>());

/** A worker has begun to import a module for its function. */
export function startedLoading(url: string): void {
  loading.set(url, (loading.get(url) ?? 0) + 1);
}

/** The module has run, or failed. */
export function finishedLoading(url: string): void {
  const left = (loading.get(url) ?? 1) - 1;
  if (left === 0) loading.delete(url);
  else loading.set(url, left);
}

/**
 * Whether a module's top level is running because a worker wants one of its functions. If that top level submits the
 * function to a pool of its own, its workers would import the module again, and so on without end.
 */
export function isLoading(url: string): boolean {
  return loading.has(url);
}
