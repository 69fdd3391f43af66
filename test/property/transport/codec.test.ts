import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { types } from 'node:util';
import fc from 'fast-check';
import { Decoder, Encoder } from '#offloop/transport/codec.js';
import { sourceOf } from '#offloop/transport/codec-reader.js';

const encoder = new Encoder();
const decoder = new Decoder();

/** Through bytes copied to shared memory, and attachments through structured clone, as between threads. */
function roundTrip<T>(value: T): T {
  const { bytes, length, attachments, transfer } = encoder.encode(value, 'value');
  const shared = new Uint8Array(new SharedArrayBuffer(length + 3));
  shared.set(bytes.subarray(0, length), 3);
  const copies =
    attachments === undefined
      ? undefined
      : structuredClone(attachments, transfer === undefined ? undefined : { transfer: transfer as ArrayBuffer[] });
  return decoder.decode(sourceOf(shared), 3, copies) as T;
}

/** A description of a graph that tells sharing, kinds and order apart where `deepEqual` does not. */
function describeGraph(value: unknown): unknown {
  const ids = new Map<object, number>();
  const visit = (value: unknown): unknown => {
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`;
    if (typeof value === 'string') return JSON.stringify(value);
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null) return String(value);
    const known = ids.get(value);
    if (known !== undefined) return `#${known}`;
    ids.set(value, ids.size);
    const kind = Object.prototype.toString.call(value);
    if (value instanceof Map) return [kind, [...value].map(([key, item]) => [visit(key), visit(item)])];
    if (value instanceof Set) return [kind, [...value].map(visit)];
    if (ArrayBuffer.isView(value)) {
      const { length } = value as { length?: number };
      return [kind, value.constructor.name, value.byteOffset, length, value.byteLength, visit(value.buffer)];
    }
    if (value instanceof ArrayBuffer) return [kind, [...new Uint8Array(value)]];
    if (value instanceof Date) return [kind, value.getTime()];
    if (value instanceof RegExp) return [kind, value.source, value.flags, value.lastIndex];
    if (types.isBoxedPrimitive(value)) return [kind, visit(value.valueOf())];
    return [
      kind,
      Object.getPrototypeOf(value) === Object.prototype,
      Array.isArray(value) ? value.length : 0,
      Object.keys(value).map((key) => [key, visit((value as Record<string, unknown>)[key])]),
    ];
  };
  return visit(value);
}

function assertSame(value: unknown): void {
  assert.deepEqual(describeGraph(roundTrip(value)), describeGraph(structuredClone(value)));
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'binary', minLength: 60, maxLength: 90 }),
  fc.constant('\ud800x'),
  fc.constant('é'.repeat(70)),
);
const leaf = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(-0, 0, 127, 128, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), Number.NaN, Infinity),
  text,
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(/a+/gi, /(?:)/u, /\//),
  fc.oneof(fc.integer(), fc.boolean(), text, fc.bigInt()).map((value): unknown => Object(value)),
  fc.uint8Array(),
  fc.uint8Array({ minLength: 9 }).map((bytes) => new DataView(bytes.buffer, 2, 5)),
  fc.float64Array(),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => new BigInt64Array(bytes.buffer)),
);
/** Long arrays that begin with numbers, with and without something else, a hole or a name among them. */
const numbers = fc
  .tuple(
    fc.array(fc.oneof(fc.integer(), fc.constantFrom(-0, 0, 2 ** 31 - 1, -(2 ** 31))), { minLength: 12, maxLength: 60 }),
    fc.array(fc.oneof({ weight: 3, arbitrary: fc.double() }, leaf), { maxLength: 4 }),
    fc.constantFrom('', '', '3', '20', 'name'),
  )
  .map(([integers, others, odd]) => {
    const list = (integers as unknown[]).concat(others, integers);
    if (odd === 'name') Object.assign(list, { name: 1 });
    else if (odd !== '') Reflect.deleteProperty(list, odd);
    return list;
  });
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', '0', '10', ''));

const { value: graph } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 20 }),
    fc.sparseArray(tie('value'), { maxLength: 12 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 20 }).map(fromEntries),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 6 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 6 }).map((items) => new Set(items)),
    fc
      .tuple(
        fc.array(tie('value'), { maxLength: 3 }),
        text.filter((name) => name !== 'length'),
        tie('value'),
      )
      .map(([list, name, value]) =>
        Object.defineProperty(list, name, { value, enumerable: true, configurable: true, writable: true }),
      ),
  ),
}));

function fromEntries(entries: [string, unknown][]): object {
  const object = {};
  for (const [name, value] of entries)
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  return object;
}

/** Links nodes of a graph to each other: sharing and cycles through every container. */
const tangled = fc
  .tuple(
    fc.array(graph, { minLength: 1, maxLength: 4 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(3)), { maxLength: 30 }),
  )
  .map(([values, links]) => {
    const nodes: object[] = [values, {}, new Map(), new Set(), []];
    for (const value of values)
      if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) nodes.push(value);
    for (const [from, to, way] of links) {
      const source = nodes[from % nodes.length] as object;
      const target = nodes[to % nodes.length];
      if (source instanceof Map) source.set(way === 0 ? target : way, target);
      else if (source instanceof Set) source.add(target);
      else if (Array.isArray(source)) source.push(target);
      else if (Object.getPrototypeOf(source) === Object.prototype)
        (source as Record<string, unknown>)[`link${way}`] = target;
    }
    return nodes;
  });

describe('the codec against structuredClone', () => {
  it('any value comes out as structured clone has it', () => {
    fc.assert(fc.property(graph, assertSame), { numRuns: 2000 });
  });

  it('any long array of numbers, alone, shared and as a list, comes out as structured clone has it', () => {
    fc.assert(
      fc.property(numbers, (list) => {
        assertSame(list);
        assertSame([list, { list }, list.slice(0, 5)]);
        const { bytes, length, attachments } = encoder.encodeList(Array.from(list), 'value');
        const arrived = decoder.decodeList(sourceOf(bytes.subarray(0, length)), 0, attachments);
        assert.deepEqual(describeGraph(arrived), describeGraph(structuredClone(Array.from(list))));
      }),
      { numRuns: 2000 },
    );
  });

  it('any cyclic, shared graph comes out as structured clone has it', () => {
    fc.assert(fc.property(tangled, assertSame), { numRuns: 1000 });
  });

  it('views that share one buffer share it afterwards', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 64 }), (bytes) => {
        const { buffer } = bytes;
        assertSame([new Uint16Array(buffer, 2, 3), buffer, { again: bytes }, new DataView(buffer, 5)]);
        assertSame([new Float64Array(buffer, 8, 1), bytes, bytes]);
      }),
      { numRuns: 50 },
    );
  });
});
