import { types } from 'node:util';
import { callbackOf } from './callback-mark.ts';
import { Unclonable } from './codec-signals.ts';
import * as tag from './codec-tags.ts';
import type { Blocks } from './blocks.ts';
import type { SharedMemories } from './shared-memories.ts';
import type { ErrorShape } from './error-shape.ts';
import { ScalarWriter } from './scalar-writer.ts';
import { writeSpecial } from './codec-write-special.ts';

/** Up to here a scan of the list is faster than hashing. */
const LINEAR_REFERENCES = 12;

/** A place to come back to when what was written after it turns out not to be sendable. */
export interface WriterMark {
  readonly position: number;
  readonly references: number;
  readonly attachments: number;
  readonly memories: number;
  readonly errorDepth: number;
  readonly deferred: number;
}

/** What it takes to send shared memory by number. */
export interface Sharing {
  readonly memories: SharedMemories;
  readonly blocks: Blocks;
}

/**
 * Writes values as bytes, following structured clone: same walk, same refusals. The bytes lie in `bytes` up to
 * `position` until the next `begin`. One writer serves one thread; a getter that runs meanwhile and sends
 * something itself must find another (`busy`).
 */
export class Writer extends ScalarWriter {
  busy = false;
  /** From this size on a buffer travels as a private copy that is moved, beside the bytes. */
  readonly largeBuffer: number;
  /** What travels beside the bytes, by structured clone. */
  attachments: unknown[] = [];
  /** Which of the attachments are moved: those of the caller's transfer list, and private copies. */
  transfer: object[] = [];
  /** Shared memory that the bytes refer to by number. */
  memories: SharedArrayBuffer[] = [];
  /** How shared memory is sent by number; undefined where it travels beside the bytes. */
  readonly sharing: Sharing | undefined;
  /** Objects the caller gives away. */
  given: ReadonlySet<unknown> | undefined;
  /** Set when two pooled Buffers share bytes, so that the whole pool has to travel. */
  exactBuffers = false;
  pooled: Uint8Array[] = [];
  /** What stands for functions of this side in the message, each once. */
  callbacks: object[] | undefined;
  /** How many errors, each a property of the one before, are being written. */
  errorDepth = 0;
  /** Errors whose properties are still to be written; none unless `errorDepth` is above 0. */
  deferred: [error: Error, shape: ErrorShape][] = [];
  readonly #takesCallbacks: boolean;
  #references: object[] = [];
  #index: Map<object, number> | undefined;

  constructor(largeBuffer: number, sharing: Sharing | undefined, takesCallbacks: boolean) {
    super();
    this.largeBuffer = largeBuffer;
    this.sharing = sharing;
    this.#takesCallbacks = takesCallbacks;
  }

  begin(given?: ReadonlySet<unknown>): void {
    this.busy = true;
    this.given = given;
    this.exactBuffers = false;
    this.callbacks = undefined;
    this.rewind();
  }

  /** Ends a message: lets go of everything but the bytes. */
  end(): void {
    this.busy = false;
    this.given = undefined;
    if (this.#references.length !== 0) this.#references = [];
    if (this.pooled.length !== 0) this.pooled = [];
    this.#index = undefined;
  }

  /** Gives back what was taken for a message that is not going to be sent. */
  giveUp(): void {
    this.sharing?.blocks.release(this.memories);
    this.rewind();
  }

  /** Starts over with an empty buffer. */
  rewind(): void {
    this.restart();
    if (this.attachments.length !== 0) this.attachments = [];
    if (this.transfer.length !== 0) this.transfer = [];
    if (this.memories.length !== 0) this.memories = [];
    if (this.#references.length !== 0) this.#references = [];
    if (this.pooled.length !== 0) this.pooled = [];
    if (this.errorDepth !== 0) {
      this.errorDepth = 0;
      this.deferred = [];
    }
    this.#index = undefined;
  }

  write(value: unknown): void {
    if (this.limit - this.position < 16) this.reserve(16);
    switch (typeof value) {
      case 'number':
        this.number(value);
        return;
      case 'string':
        this.string(value);
        return;
      case 'object':
        if (value === null) this.bytes[this.position++] = tag.NULL;
        else this.#object(value);
        return;
      case 'boolean':
        this.bytes[this.position++] = value ? tag.TRUE : tag.FALSE;
        return;
      case 'undefined':
        this.bytes[this.position++] = tag.UNDEFINED;
        return;
      case 'bigint':
        this.bigint(value);
        return;
      default:
        this.#callback(value);
    }
  }

  /** Sharing needs no number: the reader makes one function for each place in the list. */
  #callback(value: unknown): void {
    const travels = this.#takesCallbacks && typeof value === 'function' && callbackOf(value) !== undefined;
    if (!travels) throw new Unclonable();
    const callbacks = (this.callbacks ??= []);
    const known = callbacks.indexOf(value);
    this.tagged(tag.CALLBACK, known === -1 ? callbacks.push(value) - 1 : known);
    this.write(value.name);
  }

  /** A list of values without the object number, and the look for named properties, of an array. */
  writeList(values: readonly unknown[]): void {
    if (values.length > tag.SHORT_MAX && typeof values[0] === 'number') {
      const start = this.position;
      this.u32(tag.PACKED);
      if (this.numbers(values)) return;
      this.position = start;
    }
    this.u32(values.length);
    for (let index = 0; index < values.length; index += 1) this.write(values[index]);
  }

  /**
   * The same, but the first `count` values are items of tasks that must not see each other's changes. What an item has in
   * common with the values behind is one object.
   */
  writeItems(values: readonly unknown[], count: number): void {
    this.u32(tag.ITEMS);
    this.writeList(values.slice(count));
    const references = this.#references.length;
    const pooled = this.pooled.length;
    this.u32(count);
    for (let index = 0; index < count; index += 1) {
      this.write(values[index]);
      this.#forget(references);
      if (this.pooled.length > pooled) this.pooled.length = pooled;
    }
  }

  /** An array known to have no holes and no named properties. */
  writeDense(values: readonly unknown[]): void {
    if (!this.reference(values)) this.#elements(values);
  }

  #object(value: object): void {
    if (this.reference(value)) return;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) {
      if (types.isProxy(value)) throw new Unclonable();
      this.properties(value);
    } else if (Array.isArray(value)) {
      if (types.isProxy(value)) throw new Unclonable();
      this.#array(value);
    } else {
      writeSpecial(this, value, prototype);
    }
  }

  /** Own enumerable properties, as an object without a class. */
  properties(value: object): void {
    const header = this.position;
    this.position += 1;
    let count = 0;
    // for…in beats Object.keys by half: V8 reads the fields by the index it enumerates with.
    for (const key in value) {
      if (!Object.prototype.hasOwnProperty.call(value, key)) continue;
      this.string(key);
      this.write((value as Record<string, unknown>)[key]);
      count += 1;
      if (count > tag.SHORT_MAX) break;
    }
    if (count <= tag.SHORT_MAX) {
      this.bytes[header] = tag.SHORT_OBJECT + count;
      return;
    }
    this.#manyProperties(value, header);
  }

  #manyProperties(value: object, header: number): void {
    const record = value as Record<string, unknown>;
    const written = this.position;
    const keys = Object.keys(value);
    this.reserve(4);
    this.bytes.copyWithin(header + 5, header + 1, written);
    this.bytes[header] = tag.OBJECT;
    this.view.setUint32(header + 1, keys.length, true);
    this.position = written + 4;
    for (let index = tag.SHORT_MAX + 1; index < keys.length; index += 1) {
      const key = keys[index] as string;
      this.string(key);
      this.write(record[key]);
    }
  }

  #array(value: readonly unknown[]): void {
    const length = value.length;
    const keys = Object.keys(value);
    // Indices come first and in order: as many keys as elements, the last an index, leaves no room for a hole.
    if (keys.length !== length || (length !== 0 && keys[length - 1] !== String(length - 1))) {
      this.#sparse(value, keys);
      return;
    }
    this.#elements(value);
  }

  #elements(values: readonly unknown[]): void {
    const { length } = values;
    if (length <= tag.SHORT_MAX) this.u8(tag.SHORT_ARRAY + length);
    else if (typeof values[0] === 'number' && this.numbers(values)) return;
    else this.tagged(tag.ARRAY, length);
    for (let index = 0; index < length; index += 1) this.write(values[index]);
  }

  #sparse(value: readonly unknown[], keys: readonly string[]): void {
    this.tagged(tag.SPARSE_ARRAY, value.length);
    this.u32(keys.length);
    for (const key of keys) {
      this.string(key);
      this.write((value as unknown as Record<string, unknown>)[key]);
    }
  }

  /** Gives the object its number; true if it had one, which is then what was written. */
  reference(value: object): boolean {
    const references = this.#references;
    const known = this.#index === undefined ? references.indexOf(value) : (this.#index.get(value) ?? -1);
    if (known !== -1) {
      this.tagged(tag.REFERENCE, known);
      return true;
    }
    this.#index?.set(value, references.length);
    references.push(value);
    if (this.#index === undefined && references.length > LINEAR_REFERENCES) {
      this.#index = new Map(references.map((object, index) => [object, index]));
    }
    return false;
  }

  knows(value: object): boolean {
    return this.#index === undefined ? this.#references.includes(value) : this.#index.has(value);
  }

  mark(): WriterMark {
    return {
      position: this.position,
      references: this.#references.length,
      attachments: this.attachments.length,
      memories: this.memories.length,
      errorDepth: this.errorDepth,
      deferred: this.deferred.length,
    };
  }

  /** Takes back what was written since. A private copy among `transfer` stays, which costs memory only. */
  reset(mark: WriterMark): void {
    this.position = mark.position;
    this.attachments.length = mark.attachments;
    this.errorDepth = mark.errorDepth;
    this.deferred.length = mark.deferred;
    this.sharing?.blocks.release(this.memories.splice(mark.memories));
    this.transfer = this.transfer.filter((object) => this.attachments.includes(object));
    this.#forget(mark.references);
  }

  /** Takes the numbers back from this one on. */
  #forget(first: number): void {
    const references = this.#references;
    // Setting `length` would give the memory back, and the next item would take it again.
    while (references.length > first) {
      const object = references.pop() as object;
      this.#index?.delete(object);
    }
  }
}
