import { types } from 'node:util';
import { SharedPool, Unclonable } from './codec-signals.ts';
import * as tag from './codec-tags.ts';
import { writeError } from './codec-write-error.ts';
import type { Writer } from './codec-writer.ts';
import { isError } from './error-shape.ts';

/**
 * Everything but primitives, plain objects and arrays. What has no bytes of its own (ports, keys, blobs, shared
 * memory) becomes an attachment.
 */

/** Writes an object that was given its number already. */
export function writeSpecial(writer: Writer, value: object, prototype: unknown): void {
  if (ArrayBuffer.isView(value)) writeView(writer, value, prototype);
  else if (types.isAnyArrayBuffer(value)) writeBuffer(writer, value);
  else if (isError(value)) writeError(writer, value);
  else if (types.isDate(value)) {
    writer.u8(tag.DATE);
    writer.f64(Date.prototype.getTime.call(value));
  } else if (types.isMap(value)) writeMap(writer, value);
  else if (types.isSet(value)) writeSet(writer, value);
  else if (types.isRegExp(value)) {
    writer.u8(tag.REGEXP);
    writer.string(value.source);
    writer.string(value.flags);
  } else if (types.isBoxedPrimitive(value)) writeBoxed(writer, value);
  else if (isHost(writer, value, prototype)) attach(writer, value);
  else writer.properties(value);
}

function writeMap(writer: Writer, map: Map<unknown, unknown>): void {
  // A getter met on the way may change the map: structured clone looks at it once, so do we.
  const entries = [...Map.prototype.entries.call(map)];
  writer.tagged(tag.MAP, entries.length);
  for (const [key, value] of entries) {
    writer.write(key);
    writer.write(value);
  }
}

function writeSet(writer: Writer, set: Set<unknown>): void {
  const values = [...Set.prototype.values.call(set)];
  writer.tagged(tag.SET, values.length);
  for (const value of values) writer.write(value);
}

function writeBoxed(writer: Writer, value: object): void {
  if (types.isSymbolObject(value)) throw new Unclonable();
  writer.u8(tag.BOXED);
  if (types.isNumberObject(value)) writer.write(Number.prototype.valueOf.call(value));
  else if (types.isStringObject(value)) writer.write(String.prototype.valueOf.call(value));
  else if (types.isBooleanObject(value)) writer.write(Boolean.prototype.valueOf.call(value));
  else writer.write(BigInt.prototype.valueOf.call(value as unknown as bigint));
}

function writeBuffer(writer: Writer, buffer: ArrayBufferLike): void {
  // Views of what may grow are attached, and a buffer arrives as one only among its likes.
  if (writer.given?.has(buffer) === true || isResizable(buffer)) return attach(writer, buffer);
  if (types.isSharedArrayBuffer(buffer)) return writeShared(writer, buffer);
  if (isDetached(buffer)) throw new Unclonable();
  if (writer.pooled.some((view) => view.buffer === buffer)) throw new SharedPool();
  if (buffer.byteLength < writer.largeBuffer) {
    writer.tagged(tag.ARRAY_BUFFER, buffer.byteLength);
    writer.raw(new Uint8Array(buffer));
    return;
  }
  writeLarge(writer, buffer);
}

function writeShared(writer: Writer, buffer: SharedArrayBuffer): void {
  if (writer.sharing === undefined) return attach(writer, buffer);
  writer.tagged(tag.MEMORY, writer.sharing.memories.numberOf(buffer));
  writer.memories.push(buffer);
}

function writeLarge(writer: Writer, buffer: ArrayBuffer): void {
  const { byteLength } = buffer;
  const block = writer.sharing?.blocks.take(byteLength);
  if (writer.sharing === undefined || block === undefined) {
    // Not `slice`, which clears the memory before it copies.
    const copy = Buffer.allocUnsafeSlow(byteLength);
    copy.set(new Uint8Array(buffer));
    writer.transfer.push(copy.buffer);
    attach(writer, copy.buffer);
    return;
  }
  new Uint8Array(block).set(new Uint8Array(buffer));
  writer.tagged(tag.BLOCK, writer.sharing.memories.numberOf(block));
  writer.u32(byteLength);
  writer.memories.push(block);
}

function writeView(writer: Writer, view: ArrayBufferView, prototype: unknown): void {
  const { buffer } = view;
  if (isResizable(buffer)) {
    // Whether its length follows the buffer cannot be seen from here; structured clone knows.
    attach(writer, view);
    return;
  }
  if (prototype === Buffer.prototype && isPooled(writer, view as Uint8Array)) {
    writer.tagged(tag.BYTES, view.byteLength);
    writer.raw(view as Uint8Array);
    // The number its buffer would take, so that both sides count alike.
    writer.reference({});
    return;
  }
  if (writer.pooled.some((other) => other.buffer === buffer)) throw new SharedPool();
  const kind = kindOf(view);
  if (kind === -1) {
    attach(writer, view);
    return;
  }
  if (types.isArrayBuffer(buffer) && isDetached(buffer)) throw new Unclonable();
  writer.tagged(tag.VIEW, view.byteOffset);
  writer.u32('length' in view ? (view.length as number) : view.byteLength);
  writer.u8(kind);
  if (!writer.reference(buffer)) writeBuffer(writer, buffer);
}

/**
 * A Buffer cut from Node's pool travels as its own bytes: the pool is an accident of allocation, 8 or 64 KB, and
 * holds bytes of others. Unless somebody in the same message looks at the same bytes.
 */
function isPooled(writer: Writer, view: Uint8Array): boolean {
  const { buffer } = view;
  if (writer.exactBuffers || buffer.byteLength !== Buffer.poolSize || view.byteLength >= buffer.byteLength)
    return false;
  if (!types.isArrayBuffer(buffer) || writer.given?.has(buffer) === true || writer.knows(buffer)) return false;
  const start = view.byteOffset;
  const end = start + view.byteLength;
  for (const other of writer.pooled) {
    if (other.buffer !== buffer) continue;
    if (start < other.byteOffset + other.byteLength && other.byteOffset < end) throw new SharedPool();
  }
  writer.pooled.push(view);
  return true;
}

const kinds = new Map(tag.VIEW_TYPES.map(({ name }, kind) => [name, kind]));
const { get: nameOfTypedArray } = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
) as { get: (this: unknown) => string | undefined };

/** Asks for the internal slot, as structured clone does: views of other realms are instances of no class here. */
function kindOf(view: ArrayBufferView): number {
  if (view instanceof Uint8Array) return 2;
  return kinds.get(nameOfTypedArray.call(view) ?? 'DataView') ?? -1;
}

function isResizable(buffer: ArrayBufferLike): boolean {
  return (buffer as { resizable?: boolean }).resizable === true || (buffer as { growable?: boolean }).growable === true;
}

function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength !== 0) return false;
  try {
    return new Uint8Array(buffer).length !== 0;
  } catch {
    // Node 20 has no `detached`; making a view of a detached buffer is what fails.
    return true;
  }
}

function attach(writer: Writer, value: object): void {
  writer.tagged(tag.ATTACHMENT, writer.attachments.length);
  writer.attachments.push(value);
}

/** Of which prototypes the instances are attached (true) or are just their properties (false). */
const hostClasses = new WeakMap<object, boolean>();

/**
 * Whether only structured clone can copy it: blobs, keys, ports. Instances of ordinary classes are their own
 * properties, and JavaScript cannot tell the two apart; so the first instance of each class is cloned to see.
 */
function isHost(writer: Writer, value: object, prototype: unknown): boolean {
  if (writer.given?.has(value) === true) return true;
  if (prototype === null) return false;
  const known = hostClasses.get(prototype as object);
  if (known !== undefined) return known;
  if (types.isProxy(value) || types.isPromise(value) || types.isGeneratorObject(value)) throw new Unclonable();
  let copy: object;
  try {
    copy = structuredClone(value);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    // Either it cannot be cloned, or something inside: walking its properties tells, if it has any.
    if (Object.keys(value).length === 0) throw new Unclonable(error);
    return false;
  }
  const host = Object.getPrototypeOf(copy) !== Object.prototype;
  hostClasses.set(prototype as object, host);
  return host;
}
