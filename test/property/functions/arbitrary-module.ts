import fc from 'fast-check';

/** A module's text that exports `closures()`. */
export interface GeneratedModule {
  readonly text: string;
  readonly commonJs: boolean;
}

/** Few names, so that scopes shadow one another; none is a word of the language. */
const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;

type Kind = 'const' | 'let' | 'var' | 'function' | 'arrow' | 'class' | 'object' | 'reassigned' | 'closure';

interface Declaration {
  readonly name: string;
  readonly kind: Kind;
  readonly value: number;
}

interface ScopeShape {
  readonly form: 'function' | 'arrow' | 'block' | 'loop' | 'method' | 'catch';
  readonly declarations: readonly Declaration[];
  readonly closure: ClosureShape;
}

interface ClosureShape {
  readonly form: 'arrow' | 'function' | 'method' | 'inner';
  readonly uses: readonly string[];
  readonly own: string | undefined;
}

const name = fc.constantFrom(...NAMES);
const declarations = fc.uniqueArray(
  fc.record({
    name,
    kind: fc.constantFrom<Kind>('const', 'let', 'var', 'function', 'arrow', 'class', 'object', 'reassigned', 'closure'),
    value: fc.integer({ min: -99, max: 99 }),
  }),
  { selector: ({ name: own }) => own, minLength: 1, maxLength: 4 },
);
const closure = fc.record<ClosureShape>({
  form: fc.constantFrom('arrow', 'function', 'method', 'inner'),
  uses: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
  own: fc.option(name, { nil: undefined, freq: 3 }),
});
const scope = fc.record<ScopeShape>({
  form: fc.constantFrom('function', 'arrow', 'block', 'loop', 'method', 'catch'),
  declarations,
  closure,
});

/** Any module of this shape runs without an error: names that are not in sight are read by `typeof`. */
export const arbitraryModule: fc.Arbitrary<GeneratedModule> = fc
  .record({ top: declarations, scopes: fc.array(scope, { minLength: 1, maxLength: 4 }), commonJs: fc.boolean() })
  .map(({ top, scopes, commonJs }) => ({ text: write(top, scopes, commonJs), commonJs }));

function write(top: readonly Declaration[], scopes: readonly ScopeShape[], commonJs: boolean): string {
  const lines = [
    // Turns whatever a name stands for into something that can be compared.
    `function read(f, x) { try { const v = f(); return typeof v === 'function' ? (v.prototype?.get ? ['class', new v(x).get()] : ['call', v(x)]) : v?.f ? { ...v, f: v.f(x) } : v; } catch (e) { return e.name; } }`,
    ...top.map((declaration) => declare(declaration, 'top')),
    'const found = [];',
    ...scopes.reduceRight<string[]>((inner, shape) => nest(shape, inner), []),
    ...settle(top),
    commonJs ? 'exports.closures = () => found;' : 'export const closures = () => found;',
  ];
  return `${lines.join('\n')}\n`;
}

function nest({ form, declarations: own, closure: shape }: ScopeShape, inner: readonly string[]): string[] {
  const body = [...own.map((declaration) => declare(declaration, form)), collect(shape), ...inner, ...settle(own)];
  const parameter = `p${own.length}`;
  switch (form) {
    case 'function':
      return [`(function scoped(${parameter}) {`, ...body, '})(1);'];
    case 'arrow':
      return [`((${parameter} = 2) => {`, ...body, '})();'];
    case 'method':
      return [`({ run(...${parameter}) {`, ...body, '} }).run(1, 2);'];
    case 'loop':
      return [`for (const ${parameter} of [1, 2]) {`, ...body, '}'];
    case 'catch':
      return [`try { throw 5; } catch (${parameter}) {`, ...body, '}'];
    default:
      return ['{', ...body, '}'];
  }
}

function declare({ name: own, kind, value }: Declaration, form: string): string {
  switch (kind) {
    case 'function':
      // In sloppy code a function in a block is a var around the block as well: refused when it matters, so not here.
      return isBlock(form)
        ? `const ${own} = function (x) { return x + ${value}; };`
        : `function ${own}(x) { return x + ${value}; }`;
    case 'arrow':
      return `const ${own} = (x) => x * ${value};`;
    case 'class':
      return `class ${own} { #v; constructor(v) { this.#v = v; } get() { return this.#v + ${value}; } }`;
    case 'object':
      return `const ${own} = { n: ${value}, list: [${value}], f: (x) => x - ${value} };`;
    case 'reassigned':
      return `let ${own} = ${value};`;
    case 'closure':
      return `const ${own} = ((n) => (x) => x + n)(${value});`;
    case 'var':
      // In a block a var would be the surrounding function's, and clash with what that declares.
      return isBlock(form) ? `let ${own} = ${value};` : `var ${own} = ${value};`;
    default:
      return `${kind} ${own} = ${value};`;
  }
}

function isBlock(form: string): boolean {
  return form === 'block' || form === 'loop' || form === 'catch';
}

/** Assignments that come after the closures were made, as most programs have them. */
function settle(own: readonly Declaration[]): string[] {
  return own.filter(({ kind }) => kind === 'reassigned').map(({ name: variable }) => `${variable} += 1000;`);
}

function collect({ form, uses, own }: ClosureShape): string {
  const parameter = own ?? 'x';
  const reads = uses.map((use) => `read(() => ${use}, 3)`).join(', ');
  const body = `return [${reads}, typeof ${parameter}];`;
  switch (form) {
    case 'function':
      return `found.push(function (${parameter}) { ${body} });`;
    case 'method':
      return `found.push({ made(${parameter}) { ${body} } }.made);`;
    case 'inner':
      return `found.push((${parameter}) => { const deep = () => { ${body} }; return deep(); });`;
    default:
      return `found.push((${parameter}) => { ${body} });`;
  }
}
