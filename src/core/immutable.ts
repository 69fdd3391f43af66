/** Whether nobody can change any of these values, so that they need no copies. A loop, since there may be thousands. */
export function areImmutable(values: readonly unknown[]): boolean {
  for (const value of values) {
    if (typeof value === 'number' || value === null) continue;
    if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') return false;
  }
  return true;
}
