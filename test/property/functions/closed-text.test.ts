import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { closedStart } from '#offloop/functions/closed-text.js';
import { functionText, standsAlone } from '#offloop/functions/source.js';

/** Everything that could be taken for something else: by its place, by its spelling, by what stands next to it. */
const WORDS = [
  'x',
  'y',
  'z',
  'free',
  'a$',
  'async',
  'await',
  'of',
  'get',
  'let',
  'static',
  'arguments',
  'eval',
  'undefined',
  'this',
  'super',
  'new',
  'new.target',
  'typeof',
  'void',
  'return',
  'if',
  'else',
  'for',
  'while',
  'in',
  'with',
  'case',
  'const x',
  'let y',
  'var z',
  'let z',
  'function',
  'class',
  'catch',
  'import',
  'import.meta',
  'yield',
  'do',
  'throw',
];
const MARKS = [
  '(',
  ')',
  '{',
  '}',
  '[',
  ']',
  '.',
  '?.',
  '...',
  ',',
  ';',
  ':',
  '?',
  '=',
  '=>',
  '+',
  '-',
  '*',
  '<',
  '>',
  '!',
  '??',
  'x:',
  '{ x:',
  'free:',
  '{ free:',
  '.free',
  '?.free',
  '?.5:',
  "'free'",
  '"x"',
  '`${free}`',
  '1',
  '1.',
  '1..x',
  '0x1',
  '5n',
  '/',
  '/free/',
  '// free',
  '/* free */',
  '<!--',
  '-->',
  '#free',
  '\\u0066ree',
  '\n',
  ' ',
];
const HEADS = ['', 'x', 'x, y', 'x, y,', 'x = free', '{ x }', '[x]', '...x', 'async', 'let', 'free', 'x, z'];

const FORMS = [
  (head: string, body: string): string => `(${head}) => ${body}`,
  (head: string, body: string): string => `(${head}) => { ${body} }`,
  (head: string, body: string): string => `(${head}) => ({ ${body} })`,
  (head: string, body: string): string => `async (${head}) => { ${body} }`,
  (head: string, body: string): string => `${head} => ${body}`,
  (head: string, body: string): string => `async ${head} => ${body}`,
  (head: string, body: string): string => `function (${head}) { ${body} }`,
  (head: string, body: string): string => `function free(${head}) { ${body} }`,
  (head: string, body: string): string => `async function* free(${head}) { ${body} }`,
  (head: string, body: string): string => `{ free(${head}) { ${body} } }).free`,
  (head: string, body: string): string => `{ functionx(${head}) { ${body} } }).functionx`,
  (head: string, body: string): string => `{ async function(${head}) { ${body} } }).function`,
];

/** Whole statements and expressions, so that more than a few of the texts are programs. */
const SENTENCES = [
  'return x',
  'return x + y',
  'return free',
  'const y = x',
  'let z = y + 1',
  'var z',
  '{ const y = 1 }',
  'y',
  'return z',
  'if (x) return y',
  'while (x) x = y',
  'for (let y = 0; y < x; y++) z',
  'return { x, y }',
  'return { y: x }',
  'x?.5:y',
  'return { free: x }',
  'return x.free',
  'return x ? y : free',
  'return x ? free : y',
  'x: y',
  'free: x',
  'return new x',
  'return x?.free',
  'return `${free}`',
  'return /free/',
  'return [...x]',
  'return typeof y',
  'return (y) => x',
  'eval("1")',
  'x <!-- free',
  'return new.target',
  'return this',
  'return { y(x) { return y } }',
  'return { get x() { return 1 } }',
  'switch (x) { case 1, free: y }',
  'try { x } catch (y) { y }',
  'await x',
  "'use strict'",
  'x = { y: { free: y } }',
  '1..x',
];

const body = fc.oneof(
  fc.array(fc.constantFrom(...WORDS, ...MARKS), { maxLength: 8 }).map((tokens) => tokens.join(' ')),
  fc.array(fc.constantFrom(...SENTENCES), { minLength: 1, maxLength: 4 }).map((sentences) => sentences.join('; ')),
  fc
    .array(fc.oneof(fc.constantFrom(...SENTENCES), fc.constantFrom(...WORDS, ...MARKS)), { maxLength: 5 })
    .map((parts) => parts.join(' ')),
);

const context = createContext();

/** What V8 makes of a text; `undefined` if it is none of its functions. */
function evaluate(text: string): Function | undefined {
  try {
    const value: unknown = runInContext(text, context, { timeout: 1000 });
    return typeof value === 'function' ? value : undefined;
  } catch {
    return undefined;
  }
}

describe('closedStart', () => {
  it('never takes a function for one that uses nothing from outside if the parser finds that it does', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.constantFrom(...FORMS), fc.constantFrom(...HEADS), body, (form, head, inside) => {
        const made = form(head, inside);
        const fn = evaluate(made.startsWith('{') ? `(${made}` : `(${made})`);
        if (fn === undefined) return;
        const start = closedStart(Function.prototype.toString.call(fn));
        if (start === undefined) return;
        accepted += 1;
        const text = functionText(fn);
        assert.ok(text !== undefined && standsAlone(text), String(fn));
        assert.deepEqual([text.free, text.source, text.start], [[], `(${String(fn)})`, start], String(fn));
      }),
      { numRuns: 4000 },
    );
    assert.ok(accepted > 50, `only ${accepted} of the texts were accepted`);
  });

  it('knows what programs write where they submit it', () => {
    const functions = [
      (x: number) => x * 2,
      (x: number, y: number) => ({ sum: x + y, x }),
      async (x: Promise<number>) => (await x) + 1,
      function (x: number[]) {
        const length = x.length;
        return length > 1 ? x[0] : undefined;
      },
    ];
    const known = functions.map((fn) => closedStart(Function.prototype.toString.call(fn)) !== undefined);
    assert.deepEqual(known, [true, true, true, false]);
  });
});
