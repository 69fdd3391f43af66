import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OffloopError } from '#offloop/index.js';
import { filesOf, lineOf } from '#offloop/cli/handler-result.js';

function texts(key: string, output: unknown): Record<string, string> {
  return Object.fromEntries(filesOf(key, output).map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]));
}

describe('what a handler returns', () => {
  it('as bytes of any kind is written under the key', () => {
    const buffer = Buffer.from('abc');
    const views = [
      buffer,
      new Uint8Array(buffer),
      new Uint8Array(buffer).buffer,
      new DataView(new Uint8Array(buffer).buffer),
    ];
    for (const bytes of views) assert.deepEqual(texts('a/b.jpg', bytes), { 'a/b.jpg': 'abc' });
  });

  it('as text or JSON is written under the key and an extension', () => {
    assert.deepEqual(texts('a.csv', 'x,y'), { 'a.csv.txt': 'x,y' });
    assert.deepEqual(texts('a.csv', { rows: 2 }), { 'a.csv.json': '{"rows":2}\n' });
    assert.deepEqual(texts('a.csv', null), { 'a.csv.json': 'null\n' });
    assert.deepEqual(texts('a.csv', [1, 2]), { 'a.csv.json': '[1,2]\n' });
  });

  it('as nothing writes nothing', () => {
    assert.deepEqual(filesOf('a', undefined), []);
  });

  it('as named outputs goes to the folder of the key', () => {
    const outputs = { 'c.webp': Buffer.from('w'), 'c.txt': 'text', 'sub/c.json': { a: 1 } };
    assert.deepEqual(texts('2024/c.jpg', { outputs }), {
      '2024/c.webp': 'w',
      '2024/c.txt': 'text',
      '2024/sub/c.json': '{"a":1}\n',
    });
    assert.deepEqual(texts('c.jpg', { outputs: {} }), {});
  });

  it('is JSON when outputs is not all there is to it', () => {
    assert.deepEqual(texts('a', { outputs: [1] }), { 'a.json': '{"outputs":[1]}\n' });
    assert.deepEqual(texts('a', { outputs: {}, n: 1 }), { 'a.json': '{"outputs":{},"n":1}\n' });
  });

  it('is a line on standard output without --out', () => {
    assert.equal(lineOf('a.csv', { rows: 2 }), '{"key":"a.csv","value":{"rows":2}}');
    assert.equal(lineOf('a"b', undefined), '{"key":"a\\"b","value":null}');
    assert.throws(() => lineOf('a', Buffer.from('x')), /returned bytes: say where to put them with --out/);
    assert.throws(() => lineOf('a', { outputs: {} }), /returned named outputs/);
  });

  it('is refused when it is neither bytes nor JSON', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const value of [() => 1, Symbol('s'), 10n, cycle]) {
      assert.throws(
        () => filesOf('a', value),
        (error) => error instanceof OffloopError && /handler/i.test(error.message),
      );
    }
    assert.throws(() => filesOf('a', { outputs: { x: undefined } }), /output "x" is undefined/);
  });
});
