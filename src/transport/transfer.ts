import { InvalidOptionError } from '../errors.ts';

// On globalThis: what runs a worker is one copy of the package, what the task imports may be another.
const KEY = Symbol.for('offloop.transfer');
const place = globalThis as { [KEY]?: WeakMap<object, readonly Transferable[]> };
const transferLists = (place[KEY] ??= new WeakMap());

/** What can be moved instead of copied: `ArrayBuffer`, `MessagePort`, streams, and what else Node can transfer. */
export type Transferable = ArrayBuffer | object;

/**
 * Marks a value so that the objects in `list` are moved, not copied, when it is sent as an argument or returned
 * from a task. They are detached here as soon as it is sent.
 *
 * @param list what to move; each must be reachable from `value`.
 * @returns `value` itself.
 * @throws InvalidOptionError if `value` is not an object or `list` not an array.
 * @example
 * const pixels = new Uint8Array(1_000_000);
 * await pool.submit(blur, transfer(pixels, [pixels.buffer])); // no copy; pixels is empty now
 */
export function transfer<T extends object>(value: T, list: readonly Transferable[]): T {
  if (typeof value !== 'object' || value === null) throw new InvalidOptionError('value', 'an object', value);
  if (!Array.isArray(list)) throw new InvalidOptionError('list', 'an array of transferable objects', list);
  transferLists.set(value, list);
  return value;
}

/** The transfer lists of all marked values in `values`, joined; `undefined` when there is none. Forgets the marks. */
export function takeTransferList(values: readonly unknown[]): Transferable[] | undefined {
  let joined: Transferable[] | undefined;
  for (const value of values) {
    if (typeof value !== 'object' || value === null) continue;
    const list = transferLists.get(value);
    if (list === undefined) continue;
    transferLists.delete(value);
    (joined ??= []).push(...list);
  }
  return joined;
}
