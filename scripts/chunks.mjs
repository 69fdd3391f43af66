// Cuts what a program does not need at once out of its bundle, into files of their own that are loaded, synchronously,
// with the first call through a door: a module that exports nothing but functions. Sources do not know of this: in there a
// door is a module like any other. A chunk shares the modules of what loads it; there is never a second copy.
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * What a program loads when a pool is used, when a function has to be parsed, when it comes to `map` and to
 * errors, when a child process is started: chunks with their doors, and the chunks whose modules they share.
 */
export const PROGRAM_CHUNKS = [
  { name: 'pools', doors: ['executor/open-engine', 'thread/open-threads'], needs: [] },
  { name: 'functions', doors: ['functions/cut-template', 'functions/class-instances'], needs: ['pools'] },
  {
    name: 'more',
    doors: [
      'executor/open-iterators',
      'functions/bound-function',
      'functions/error-class',
      'functions/refusals',
      'thread/stuck-thread',
      'transport/error-codec',
      'transport/unclonable',
    ],
    needs: ['pools'],
  },
  { name: 'processes', doors: ['process/open-processes'], needs: ['pools'] },
];

/** What a thread loads for errors, slices, and calls back (with `import()`: no functions). */
export const THREAD_CHUNKS = [
  {
    name: 'thread',
    doors: [
      'functions/module-access',
      'functions/revive',
      'transport/error-codec',
      'transport/unclonable',
      'worker/remote-calls',
    ],
    needs: [],
  },
];

const nameOf = (compiled, path) => relative(compiled, path).replaceAll('\\', '/').replace(/\.js$/, '');

/** For each module the names of those it imports. */
async function readImports(compiled, entries, common) {
  const { metafile } = await build({
    ...common,
    entryPoints: entries.map((entry) => join(compiled, `${entry}.js`)),
    outdir: compiled,
    absWorkingDir: compiled,
    metafile: true,
    write: false,
  });
  const own = (path) => nameOf(compiled, join(compiled, path));
  return new Map(
    Object.entries(metafile.inputs).map(([path, { imports }]) => [
      own(path),
      imports.filter(({ external }) => external !== true).map((found) => own(found.path)),
    ]),
  );
}

function reachable(imports, roots, isOutside) {
  const found = new Set();
  const pending = [...roots];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (found.has(name) || isOutside(name)) continue;
    found.add(name);
    pending.push(...(imports.get(name) ?? []));
  }
  return found;
}

/** Names of what each module exports. */
async function readExports(compiled, names) {
  const { metafile } = await build({
    entryPoints: names.map((name) => join(compiled, `${name}.js`)),
    outdir: join(compiled, 'out'),
    outbase: compiled,
    logLevel: 'error',
    absWorkingDir: compiled,
    format: 'esm',
    metafile: true,
    write: false,
  });
  return new Map(
    Object.values(metafile.outputs).map(({ entryPoint, exports }) => [
      nameOf(compiled, join(compiled, entryPoint)),
      exports,
    ]),
  );
}

/** What stands in for a door can only pass calls on. */
async function checkDoors(compiled, doors) {
  for (const door of doors)
    for (const [name, value] of Object.entries(await import(pathToFileURL(join(compiled, `${door}.js`)).href)))
      if (typeof value !== 'function' || String(value).startsWith('class'))
        throw new Error(`${door} is a door, and ${name} no function`);
}

/** Which module is in which file: `main` is what is loaded at once. */
function assign(imports, entries, chunks) {
  const doors = new Map(chunks.flatMap(({ name, doors: own }) => own.map((door) => [door, name])));
  const places = new Map();
  for (const name of reachable(imports, entries, (module) => doors.has(module))) places.set(name, 'main');
  for (const chunk of chunks) {
    const isOutside = (module) => (doors.has(module) ? doors.get(module) !== chunk.name : places.has(module));
    for (const module of reachable(imports, chunk.doors, isOutside)) places.set(module, chunk.name);
  }
  return { doors, places };
}

/** `{ "errors": { CancelledError: m0_0, … }, … }`, and the imports it takes. */
function shelf(compiled, modules, exportsOf) {
  const imports = [];
  const entries = modules.map((module, index) => {
    const names = exportsOf.get(module);
    const locals = names.map((name, order) => `${name} as m${index}_${order}`);
    imports.push(`import { ${locals.join(', ')} } from ${JSON.stringify(join(compiled, `${module}.js`))};`);
    return `${JSON.stringify(module)}: { ${names.map((name, order) => `${name}: m${index}_${order}`).join(', ')} }`;
  });
  return { imports: imports.join('\n'), object: `{ ${entries.join(', ')} }` };
}

/** What loads chunks: a part of the main file. */
function loaderText({ chunks, loader }, own) {
  const files = chunks.map(({ name }) => `${name}: () => ${loader.call}('./chunks/${name}.cjs')`);
  const needs = chunks.map((chunk) => `${chunk.name}: ${JSON.stringify(chunk.needs)}`);
  return `
${loader.text}
${own.imports}
const files = { ${files.join(', ')} };
const needs = { ${needs.join(', ')} };
const loaded = {};
const shared = { modules: undefined, load };
export function load(name) {
  if (loaded[name] !== undefined) return loaded[name];
  for (const before of needs[name]) load(before);
  shared.modules ??= ${own.object};
  const chunk = { exports: {} };
  files[name]()(shared, chunk);
  return (loaded[name] = chunk.exports);
}`;
}

/** What stands in for a door: its functions, or, where only `import()` leads, whatever it exports. */
function doorText(names, chunk, isLate) {
  const own = isLate
    ? names.map((name) => `export const ${name} = load('${chunk}').${name};`)
    : names.map((name) => `export function ${name}(...args) { return (chunk ??= load('${chunk}')).${name}(...args); }`);
  return `import { load } from 'offloop:load';\n${isLate ? '' : 'let chunk;'}\n${own.join('\n')}`;
}

/** Plans the chunks of a bundle: `{ compiled, entries, chunks, loader: { text, call }, late, common }`. */
export async function planChunks(program) {
  const { compiled, entries, chunks, late } = program;
  const imports = await readImports(compiled, entries, program.common);
  const { doors, places } = assign(imports, entries, chunks);
  await checkDoors(
    compiled,
    [...doors.keys()].filter((door) => !late.includes(door)),
  );
  const lent = new Map();
  for (const [module, place] of places)
    for (const wanted of imports.get(module) ?? []) {
      const from = doors.has(wanted) ? place : places.get(wanted);
      if (from === place) continue;
      if (from !== 'main' && !chunks.find(({ name }) => name === place).needs.includes(from))
        throw new Error(`${module} of ${place} needs ${wanted} of ${from}`);
      lent.set(wanted, from);
    }
  const exportsOf = await readExports(compiled, [...new Set([...lent.keys(), ...doors.keys()])]);
  const lentBy = (place) =>
    shelf(
      compiled,
      [...lent].filter(([, from]) => from === place).map(([module]) => module),
      exportsOf,
    );

  /** For the bundle of one place: doors to other chunks, and modules that are elsewhere. */
  const plugin = (place) => ({
    name: `chunk-${place}`,
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^offloop:/ }, ({ path }) => ({ path, namespace: 'chunks' }));
      onLoad({ filter: /^offloop:load$/, namespace: 'chunks' }, () => ({
        contents: place === 'main' ? loaderText(program, lentBy('main')) : 'export const { load } = SHARED;',
        resolveDir: compiled,
      }));
      onLoad({ filter: /^offloop:lend$/, namespace: 'chunks' }, () => {
        const own = lentBy(place);
        return { contents: `${own.imports}\nObject.assign(SHARED.modules, ${own.object});`, resolveDir: compiled };
      });
      onLoad({ filter: /\.js$/ }, ({ path, namespace }) => {
        if (namespace !== 'file') return undefined;
        const module = nameOf(compiled, path);
        const names = exportsOf.get(module) ?? [];
        const door = doors.get(module);
        if (door !== undefined && door !== place) return { contents: doorText(names, door, late.includes(module)) };
        if (places.get(module) === place || !places.has(module)) return undefined;
        return { contents: `export const { ${names.join(', ')} } = SHARED.modules[${JSON.stringify(module)}];` };
      });
    },
  });
  return { plugin, chunks, lends: (place) => [...lent.values()].includes(place) };
}

/** Options that make a file of a chunk: a function that is given what it shares and where to put what it exports. */
export function chunkOptions({ name, doors }, plan, compiled) {
  const lines = doors.map((door) => `export * from './${door}.js';`);
  if (plan.lends(name)) lines.push("import 'offloop:lend';");
  return {
    stdin: { contents: lines.join('\n'), resolveDir: compiled },
    format: 'cjs',
    // In parentheses it is compiled at once, and not looked through first.
    banner: { js: 'module.exports = (function (SHARED, module) {' },
    footer: { js: '});' },
    define: { 'import.meta.url': 'undefined' },
  };
}
