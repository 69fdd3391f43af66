/**
 * Where several things fail at once, one error is thrown and the others are kept here. Beside the error and not on
 * it: errors can be frozen, and are the user's.
 */
const kept = new WeakMap<object, unknown[]>();

/**
 * The other errors of the task group (or the timeout) that threw this one, in the order they came; empty if it was the
 * only one.
 *
 * @example
 * try {
 *   await taskGroup(async (tg) => {
 *     tg.createTask(async () => { throw new Error('first'); });
 *     tg.createTask(async () => { throw new Error('second'); });
 *   });
 * } catch (error) {
 *   console.log((error as Error).message, suppressedErrors(error).length); // first 1
 * }
 */
export function suppressedErrors(error: unknown): readonly unknown[] {
  return isObject(error) ? (kept.get(error) ?? []) : [];
}

/** Keeps `others` beside `error`. False when it cannot: a thrown string has no place for them. */
export function keepSuppressed(error: unknown, others: readonly unknown[]): boolean {
  if (others.length === 0) return true;
  if (!isObject(error)) return false;
  // Once each: the same object may be thrown by many, and again and again.
  const all = new Set([...(kept.get(error) ?? []), ...others]);
  all.delete(error);
  kept.set(error, [...all]);
  return true;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
