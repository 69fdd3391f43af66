/**
 * The first byte of every encoded value. Small things need no second one: integers to 127, short strings,
 * objects and arrays with few members carry their size in the tag.
 *
 * Multi-byte numbers are little-endian and unaligned. Every object gets the next number, from 0, when its
 * tag is written; `REFERENCE` names an earlier one, so cycles and sharing survive.
 */

export const INTEGER_MAX = 0x7f;
/** + length in Latin-1 characters, up to 63. */
export const SHORT_STRING = 0x80;
export const SHORT_STRING_MAX = 63;
/** + number of properties, up to 15; then key, value … */
export const SHORT_OBJECT = 0xc0;
/** + number of elements, up to 15; none of them a hole. */
export const SHORT_ARRAY = 0xd0;
export const SHORT_MAX = 15;

export const UNDEFINED = 0xe0;
export const NULL = 0xe1;
export const TRUE = 0xe2;
export const FALSE = 0xe3;
export const INT32 = 0xe4;
export const FLOAT64 = 0xe5;
/** u32 length, one byte a character. */
export const LATIN1 = 0xe6;
/** u32 length in code units, two bytes each: lone surrogates survive, as they would not in UTF-8. */
export const UTF16 = 0xe7;
export const BIGINT64 = 0xe8;
/** A string of hexadecimal digits, with a sign. */
export const BIGINT = 0xe9;
/** u32 number of properties. */
export const OBJECT = 0xea;
/** u32 number of elements. */
export const ARRAY = 0xeb;
/** u32 length, u32 number of properties, then key, value …: holes and named properties of arrays. */
export const SPARSE_ARRAY = 0xec;
/** u32 number of the object. */
export const REFERENCE = 0xed;
/** f64 milliseconds. */
export const DATE = 0xee;
/** Source and flags, two strings. */
export const REGEXP = 0xef;
/** u32 size, then key, value … */
export const MAP = 0xf0;
/** u32 size, then values. */
export const SET = 0xf1;
/** The primitive. */
export const BOXED = 0xf2;
/** u32 length, bytes. */
export const ARRAY_BUFFER = 0xf3;
/** u8 kind, u32 offset, u32 length in elements, then its buffer. */
export const VIEW = 0xf4;
/** u32 length, bytes: a `Uint8Array` with a buffer to itself. Takes two object numbers, its own and the buffer's. */
export const BYTES = 0xf5;
/** See `codec-write-error`. */
export const ERROR = 0xf6;
/** u32 index among the things that travel beside the bytes, by structured clone. */
export const ATTACHMENT = 0xf7;
/** u32 number of shared memory that the reader was shown. */
export const MEMORY = 0xf8;
/** u32 number of shared memory, u32 bytes: an ArrayBuffer whose content lies there. */
export const BLOCK = 0xf9;

/** u32 number of elements, 4 bytes each: an array of integers. */
export const INT32S = 0xfb;
/** u32 number of elements, 8 bytes each: an array of numbers. */
export const FLOAT64S = 0xfc;
/** In place of the length of a list: what follows is one of the two above. */
export const PACKED = 0xffff_ffff;
/**
 * In place of the length of a list: what follows is the list of what stands behind the items, then u32 number of items, and these. Objects
 * in an item have their numbers for that item only: what two items share is there twice.
 */
export const ITEMS = 0xffff_fffe;
/** In place of the number of properties of an error: they follow behind the outermost one. */
export const DEFERRED = 0xffff_ffff;

/** u32 place among the functions of the sender that travel with the message, then its name, a string. */
export const CALLBACK = 0xfa;

type ViewType = abstract new (...args: never[]) => ArrayBufferView;

/** Not on Node 20 and 22. */
const { Float16Array } = globalThis as { Float16Array?: ViewType };

/** Kinds of `VIEW`, by position. */
export const VIEW_TYPES: readonly ViewType[] = [
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  ...(Float16Array === undefined ? [] : [Float16Array]),
];
