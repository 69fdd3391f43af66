// The main job on real photos, from nothing to a page of thumbnails: `npm run demo`.
import { spawn } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { compare } from './demo-compare.mjs';
import { layOutPhotos } from './demo-photos.mjs';
import { makeContactSheet } from './demo-sheet.mjs';

const root = join(import.meta.dirname, '..');
const demo = join(root, 'build/demo');
const photos = join(demo, 'photos');
const thumbs = join(demo, 'thumbs');
const show = (path) => relative(process.cwd(), path) || '.';

/** Runs the program as a user would, with its progress on this terminal. */
function run(args) {
  console.log(`\n$ npx offloop ${args.map((arg) => (/[*?]/.test(arg) ? `'${arg}'` : arg)).join(' ')}`);
  const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...args], { cwd: root, stdio: 'inherit' });
  // Ctrl-C reaches the program, too; it ends cleanly and this waits for it.
  const wait = () => {};
  process.on('SIGINT', wait);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      process.off('SIGINT', wait);
      resolve(code ?? 1);
    });
  });
}

await rm(thumbs, { recursive: true, force: true });
const count = await layOutPhotos(photos);
console.log(`${count} photos are in ${show(photos)}. Each takes some 100 ms or more of pure JavaScript to make small.`);

const code = await run(['map', './examples/thumbnail.ts', 'build/demo/photos/**/*.jpg', '--out', 'build/demo/thumbs']);
if (code !== 0) process.exit(code);

const { page, sheet } = await makeContactSheet({ demo, photos, thumbs });
const made = (await readdir(thumbs, { recursive: true })).filter((name) => name.endsWith('.jpg')).length;

console.log('\nThe same function on the thread of the event loop, and in a pool:');
console.log(await compare(photos));
console.log(`
${made} thumbnails   ${show(thumbs)}
contact sheet   ${show(sheet)}
open this       ${show(page)}`);
