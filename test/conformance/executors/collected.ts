/** True when what it refers to can be collected. The tests run with --expose-gc. */
export async function collected(reference: WeakRef<object>): Promise<boolean> {
  const gc = globalThis.gc;
  if (gc === undefined) throw new TypeError('run the tests with --expose-gc');
  for (let round = 0; round < 50; round += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    gc();
    if (reference.deref() === undefined) return true;
  }
  return false;
}
