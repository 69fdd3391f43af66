import { RemoteError } from '../errors.ts';
import * as tag from './codec-tags.ts';
import { readError } from './codec-read-error.ts';
import type { ErrorShape, ResolveClass } from './error-shape.ts';
import { privateMemory } from './private-memory.ts';
import { rawBuffer, type RawBuffer } from './raw-buffer.ts';

/** Makes what stands on this side for a callback of the sender; the same for the same place. */
export type MakeCallback = (place: number, name: string) => unknown;

/** Memory to read from: the same bytes twice, since strings and numbers want different views. */
export interface Source {
  readonly bytes: RawBuffer;
  readonly view: DataView;
}

/** The two views over a stretch of memory. */
export function sourceOf(bytes: Uint8Array): Source {
  const { buffer, byteOffset, byteLength } = bytes;
  return {
    bytes: rawBuffer(buffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
  };
}

const EMPTY = sourceOf(new Uint8Array(0));
const KEYS = 1024;

/** Property names seen lately: making a string from bytes is a call out of JavaScript, comparing one is not. */
const keys: string[] = Array.from({ length: KEYS }, () => '');
/** The same for short texts, apart from the names so that they cannot push those out. */
const texts: string[] = Array.from({ length: KEYS }, () => '');
const LONGEST_CACHED_TEXT = 12;

/** Reads what `Writer` wrote. */
export class Reader {
  readonly resolveClass: ResolveClass | undefined;
  readonly #makeCallback: MakeCallback | undefined;
  /** How many errors, each a property of the one before, are being read. */
  errorDepth = 0;
  /** Errors whose properties are still to come; none unless `errorDepth` is above 0. */
  deferred: [error: Error, shape: ErrorShape][] = [];
  #bytes: RawBuffer = EMPTY.bytes;
  #view = EMPTY.view;
  #position = 0;
  /** Objects by number, for references. */
  #objects: unknown[] = [];
  #attachments: readonly unknown[] | undefined;

  readonly #memories: ReadonlyMap<number, SharedArrayBuffer> | undefined;

  constructor(
    resolveClass?: ResolveClass,
    memories?: ReadonlyMap<number, SharedArrayBuffer>,
    makeCallback?: MakeCallback,
  ) {
    this.resolveClass = resolveClass;
    this.#memories = memories;
    this.#makeCallback = makeCallback;
  }

  start(source: Source, position: number, attachments?: readonly unknown[]): void {
    this.#bytes = source.bytes;
    this.#view = source.view;
    this.#position = position;
    this.#attachments = attachments;
    if (this.errorDepth !== 0) {
      this.errorDepth = 0;
      this.deferred = [];
    }
    if (this.#objects.length !== 0) this.#objects = [];
  }

  /** Lets go of the message. */
  end(): void {
    this.#attachments = undefined;
    if (this.#objects.length !== 0) this.#objects = [];
  }

  read(): unknown {
    const type = this.#bytes[this.#position++] as number;
    if (type <= tag.INTEGER_MAX) return type;
    if (type < tag.SHORT_OBJECT) {
      const length = type - tag.SHORT_STRING;
      if (length === 0) return '';
      return length <= LONGEST_CACHED_TEXT ? this.#cached(texts, length) : this.#latin1(length);
    }
    if (type < tag.SHORT_ARRAY) return this.#object(type - tag.SHORT_OBJECT);
    if (type < tag.UNDEFINED) return this.#array(type - tag.SHORT_ARRAY);
    switch (type) {
      case tag.UNDEFINED:
        return undefined;
      case tag.NULL:
        return null;
      case tag.TRUE:
        return true;
      case tag.FALSE:
        return false;
      case tag.INT32:
        this.#position += 4;
        return this.#view.getInt32(this.#position - 4, true);
      case tag.FLOAT64:
        return this.f64();
      case tag.LATIN1:
        return this.#latin1(this.u32());
      case tag.UTF16:
        return this.#utf16(this.u32());
      case tag.OBJECT:
        return this.#object(this.u32());
      case tag.ARRAY:
        return this.#array(this.u32());
      case tag.REFERENCE:
        return this.#objects[this.u32()];
      default:
        return this.#rare(type);
    }
  }

  readList(): unknown[] {
    const length = this.u32();
    if (length === tag.PACKED) return this.#numbers(this.#bytes[this.#position++] as number);
    if (length === tag.ITEMS) return this.#items();
    const list: unknown[] = [];
    for (let index = 0; index < length; index += 1) list.push(this.read());
    return list;
  }

  #items(): unknown[] {
    const behind = this.readList();
    const known = this.#objects.length;
    const list: unknown[] = [];
    for (let count = this.u32(); count > 0; count -= 1) {
      list.push(this.read());
      while (this.#objects.length > known) this.#objects.pop();
    }
    list.push(...behind);
    return list;
  }

  /** Keeps a number for an object that refers to itself before it exists. */
  reserve(): number {
    return this.#objects.push(undefined) - 1;
  }

  fill<T>(id: number, object: T): T {
    this.#objects[id] = object;
    return object;
  }

  u32(): number {
    this.#position += 4;
    return this.#view.getUint32(this.#position - 4, true);
  }

  f64(): number {
    this.#position += 8;
    return this.#view.getFloat64(this.#position - 8, true);
  }

  key(): string {
    const length = (this.#bytes[this.#position] as number) - tag.SHORT_STRING;
    if (length <= 0 || length > tag.SHORT_STRING_MAX) return this.read() as string;
    this.#position += 1;
    return this.#cached(keys, length);
  }

  #cached(cache: string[], length: number): string {
    const bytes = this.#bytes;
    const start = this.#position;
    this.#position = start + length;
    const first = bytes[start] as number;
    const last = bytes[start + length - 1] as number;
    const slot = (first * 31 + last * 17 + (bytes[start + (length >> 1)] as number) * 7 + length) & (KEYS - 1);
    const candidate = cache[slot] as string;
    if (candidate.length === length) {
      let index = 0;
      while (index < length && candidate.charCodeAt(index) === bytes[start + index]) index += 1;
      if (index === length) return candidate;
    }
    return (cache[slot] = bytes.latin1Slice(start, start + length));
  }

  #latin1(length: number): string {
    const start = this.#position;
    this.#position = start + length;
    return this.#bytes.latin1Slice(start, start + length);
  }

  #utf16(length: number): string {
    const start = this.#position;
    this.#position = start + length * 2;
    return this.#bytes.ucs2Slice(start, start + length * 2);
  }

  #object(count: number): object {
    const object: Record<string, unknown> = {};
    this.#objects.push(object);
    for (let index = 0; index < count; index += 1) {
      const key = this.key();
      if (key === '__proto__') setOwn(object, key, this.read());
      else object[key] = this.read();
    }
    return object;
  }

  #array(length: number): unknown[] {
    const array: unknown[] = [];
    this.#objects.push(array);
    for (let index = 0; index < length; index += 1) array.push(this.read());
    return array;
  }

  #numbers(type: number): number[] {
    const length = this.u32();
    const view = this.#view;
    const list: number[] = [];
    let at = this.#position;
    if (type === tag.INT32S) for (const end = at + length * 4; at < end; at += 4) list.push(view.getInt32(at, true));
    else for (const end = at + length * 8; at < end; at += 8) list.push(view.getFloat64(at, true));
    this.#position = at;
    return list;
  }

  #rare(type: number): unknown {
    switch (type) {
      case tag.INT32S:
      case tag.FLOAT64S:
        return this.#keep(this.#numbers(type));
      case tag.SPARSE_ARRAY:
        return this.#sparse();
      case tag.BIGINT64:
        this.#position += 8;
        return this.#view.getBigInt64(this.#position - 8, true);
      case tag.BIGINT: {
        const digits = this.read() as string;
        return digits.startsWith('-') ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`);
      }
      case tag.DATE:
        return this.#keep(new Date(this.f64()));
      case tag.REGEXP: {
        const source = this.read() as string;
        return this.#keep(new RegExp(source, this.read() as string));
      }
      case tag.MAP:
        return this.#map();
      case tag.SET:
        return this.#set();
      case tag.BOXED:
        return this.#keep(Object(this.read()));
      case tag.ARRAY_BUFFER:
        return this.#keep(this.#copy(this.u32()).buffer);
      case tag.BYTES: {
        const view = this.#keep(this.#copy(this.u32()));
        this.#keep(view.buffer);
        return view;
      }
      case tag.VIEW:
        return this.#arrayView();
      case tag.ERROR:
        return readError(this);
      case tag.ATTACHMENT:
        return this.#keep(this.#attachments?.[this.u32()]);
      case tag.MEMORY:
        return this.#keep(this.#memory());
      case tag.BLOCK:
        return this.#keep(this.#fromBlock());
      case tag.CALLBACK: {
        const place = this.u32();
        return this.#makeCallback?.(place, this.read() as string);
      }
      default:
        throw new RemoteError(`A message from another thread is not readable (byte ${type} at ${this.#position - 1})`);
    }
  }

  #keep<T>(object: T): T {
    this.#objects.push(object);
    return object;
  }

  #copy(length: number): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(length);
    copy.set(this.#bytes.subarray(this.#position, this.#position + length));
    this.#position += length;
    return copy;
  }

  #memory(): SharedArrayBuffer {
    const number = this.u32();
    const memory = this.#memories?.get(number);
    if (memory === undefined) throw new RemoteError(`Shared memory ${number} was never shown to this thread`);
    return memory;
  }

  #fromBlock(): ArrayBuffer {
    const block = this.#memory();
    const length = this.u32();
    const copy = privateMemory(length);
    copy.set(new Uint8Array(block, 0, length));
    return copy.buffer;
  }

  #sparse(): unknown[] {
    const array: unknown[] = [];
    array.length = this.u32();
    this.#objects.push(array);
    for (let count = this.u32(); count > 0; count -= 1) {
      const key = this.key();
      setOwn(array, key, this.read());
    }
    return array;
  }

  #map(): Map<unknown, unknown> {
    const map = this.#keep(new Map());
    for (let count = this.u32(); count > 0; count -= 1) {
      const key = this.read();
      map.set(key, this.read());
    }
    return map;
  }

  #set(): Set<unknown> {
    const set = this.#keep(new Set());
    for (let count = this.u32(); count > 0; count -= 1) set.add(this.read());
    return set;
  }

  #arrayView(): ArrayBufferView {
    const id = this.reserve();
    const offset = this.u32();
    const length = this.u32();
    const kind = this.#bytes[this.#position++] as number;
    const type = tag.VIEW_TYPES[kind] as new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView;
    return this.fill(id, new type(this.read() as ArrayBuffer, offset, length));
  }
}

function setOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: true });
}
