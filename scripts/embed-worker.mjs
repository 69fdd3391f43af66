// Bundles each compiled worker entry into a string, so that a program bundled into one file can start workers from
// memory. Runs after `tsc -b`; does nothing when the strings are up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const dist = new URL('../dist/', import.meta.url);

for (const [entry, target, name] of [
  ['thread/worker-entry.js', 'thread/worker-source.js', 'workerSource'],
  // Before the entry that starts it, which carries it along.
  ['process/watcher-entry.js', 'process/watcher-source.js', 'watcherSource'],
  ['process/worker-entry.js', 'process/worker-source.js', 'workerSource'],
]) {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL(entry, dist))],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    write: false,
    logLevel: 'error',
  });
  const file = new URL(target, dist);
  const text = `export const ${name} = ${JSON.stringify(outputFiles[0].text)};\n`;
  if (readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}
