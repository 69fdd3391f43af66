// Makes what is published out of what `tsc -b` compiled: one file for each thing a program or a worker loads at once,
// because reading two hundred small ones takes longer than starting a thread (docs/decisions/0009-one-file-to-load.md).
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chunkOptions, planChunks, PROGRAM_CHUNKS, THREAD_CHUNKS } from './chunks.mjs';

const compiled = fileURLToPath(new URL('../build/src/', import.meta.url));
const dist = fileURLToPath(new URL('../dist/', import.meta.url));

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'none',
  logLevel: 'warning',
  // `sideEffects` of package.json is about the files this makes, not about those it reads.
  ignoreAnnotations: true,
};

/**
 * `require('acorn')` stays as it is written: a bundler that packs a program into one file looks for it, and esbuild
 * would put a stand-in there that always throws.
 */
const keepRequire = {
  name: 'keep-require',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/]functions[\\/].*\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(/(?<![-'".\w])require(?![-'":\w])/g, 'KEPT_REQUIRE'),
    }));
  },
};

/** Bundles into ES modules. Names and lines stay readable; maps lead to the sources. */
async function bundle(options) {
  const { outputFiles, metafile } = await build({
    ...COMMON,
    format: 'esm',
    packages: 'external',
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    write: false,
    ...options,
    plugins: [...(options.plugins ?? []), keepRequire],
  });
  return { files: outputFiles.map(({ path, text }) => [path, restore(text)]), metafile };
}

/**
 * A class that mentions itself is `var X = class _X` to esbuild, and would say `_X` for its name. Letters beyond ASCII,
 * which are left in comments only, would make V8 keep the whole file in two bytes a letter.
 */
function restore(text) {
  const named = new Set(Array.from(text.matchAll(/^var (\w+) = class _(\w+) /gm), ([, name]) => name));
  const inner = (word, name) => (named.has(name) ? name : word);
  return text
    .replaceAll('KEPT_REQUIRE', 'require')
    .replaceAll(/(?<![\w$.#])_(\w+)/g, inner)
    .replaceAll(/[^\0-\x7f]/g, (letter) => `\\u{${letter.codePointAt(0).toString(16)}}`);
}

/** An entry as one script, wrapped so that nothing of it becomes a global of the thread. */
async function embed(entry, options = {}) {
  const { outputFiles } = await build({
    ...COMMON,
    ...options,
    entryPoints: [join(compiled, `${entry}.js`)],
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    define: { 'import.meta.url': 'undefined' },
    write: false,
  });
  return outputFiles[0].text;
}

function writeIfChanged(file, text) {
  let old;
  try {
    old = readFileSync(file, 'utf8');
  } catch {
    // It was never written.
  }
  if (old === text) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Puts an entry as a string where the code that starts it imports it from. */
async function embedInto(target, entry, name) {
  const text = await embed(entry);
  writeIfChanged(join(compiled, `${target}.js`), `export const ${name} = ${JSON.stringify(text)};\n`);
  return text;
}

/** A program that was not bundled has the worker's script beside it. */
const besides = {
  name: 'besides',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]thread[\\/]worker-source\.js$/ }, () => ({
      contents: `export const workerSource = 'throw new Error("thread-worker.cjs is missing");';`,
    }));
  },
};

/** The program takes the library from the file beside it, which loads what is used and no more. */
const fromLibrary = {
  name: 'from-library',
  setup({ onResolve }) {
    onResolve({ filter: /\/(?:errors|task|thread-pool-executor|transfer)\.js$/ }, () => ({
      path: '../offloop.js',
      external: true,
    }));
  },
};

const threadWorker = await embedInto('thread/worker-source', 'thread/worker-entry', 'workerSource');
// Before the entry that starts it, which carries it along.
await embedInto('process/watcher-source', 'process/watcher-entry', 'watcherSource');
await embedInto('process/worker-source', 'process/worker-entry', 'workerSource');
writeIfChanged(join(compiled, 'thread', 'thread-worker.cjs'), threadWorker);

// `offloop/testing` puts its clock in the place of the real one, so it has to be in the same file as the rest.
const { metafile } = await bundle({
  entryPoints: ['index', 'testing/index'].map((name) => join(compiled, `${name}.js`)),
  outdir: dist,
});
const namesOf = (name) =>
  Object.entries(metafile.outputs)
    .find(([path]) => path.endsWith(`dist/${name}.js`))[1]
    .exports.sort();
const shared = { index: namesOf('index'), 'testing/index': namesOf('testing/index') };
const all = Object.keys(shared).map((name) => `export { ${shared[name].join(', ')} } from './${name}.js';`);
const everything = { contents: all.join('\n'), resolveDir: compiled };
const common = { ...COMMON, packages: 'external', logLevel: 'error' };
const nodeRequire = 'functions/node-require';
const program = await planChunks({
  compiled,
  common,
  entries: [...Object.keys(shared), nodeRequire],
  chunks: PROGRAM_CHUNKS,
  loader: { text: `import { nodeRequire } from '${join(compiled, nodeRequire)}.js';`, call: 'nodeRequire' },
  late: [],
});
const thread = await planChunks({
  compiled,
  common,
  entries: ['thread/worker-entry'],
  chunks: THREAD_CHUNKS,
  loader: { text: '', call: 'require' },
  late: ['worker/remote-calls'],
});
const chunksOf = (plan) =>
  plan.chunks.map((chunk) =>
    bundle({
      ...chunkOptions(chunk, plan, compiled),
      outfile: join(dist, 'chunks', `${chunk.name}.cjs`),
      plugins: [plan.plugin(chunk.name)],
    }),
  );
const bundles = await Promise.all([
  bundle({ stdin: everything, outfile: join(dist, 'offloop.js'), plugins: [besides, program.plugin('main')] }),
  bundle({ stdin: everything, outfile: join(dist, 'whole', 'offloop.js') }),
  ...chunksOf(program),
  ...chunksOf(thread),
  ...['worker/index', 'threading/index', 'cli/run-handler'].map((name) =>
    bundle({ entryPoints: [join(compiled, `${name}.js`)], outfile: join(dist, `${name}.js`) }),
  ),
  bundle({
    entryPoints: [join(compiled, 'cli', 'main.js')],
    outfile: join(dist, 'cli', 'main.js'),
    plugins: [fromLibrary],
  }),
]);
const outputs = new Map(bundles.flatMap(({ files }) => files));
for (const [name, names] of Object.entries(shared)) {
  const from = `${name === 'index' ? '.' : '..'}/offloop.js`;
  const text = `export {\n  ${names.join(',\n  ')},\n} from '${from}';\n`;
  for (const folder of [dist, join(dist, 'whole')]) outputs.set(join(folder, `${name}.js`), text);
}
const withChunk = { plugins: [thread.plugin('main')], external: ['./chunks/*'] };
outputs.set(join(dist, 'thread-worker.cjs'), await embed('thread/worker-entry', withChunk));
outputs.set(join(dist, 'cli', 'thread-worker.cjs'), "require('../thread-worker.cjs');\n");
for (const [path, text] of outputs) writeIfChanged(path, text);
for (const file of readdirSync(dist, { recursive: true })) {
  if (/\.js(?:\.map)?$|^chunks.*\.cjs/.test(file) && !outputs.has(join(dist, file))) rmSync(join(dist, file));
}

// esbuild renames what has the name of another thing; a class that is public must keep its own.
for (const file of ['offloop.js', 'whole/offloop.js'])
  for (const [name, value] of Object.entries(await import(new URL(`../dist/${file}`, import.meta.url)))) {
    if (typeof value === 'function' && value.name !== name)
      throw new Error(`${name} is called ${value.name} in ${relative(process.cwd(), join(dist, file))}`);
  }
