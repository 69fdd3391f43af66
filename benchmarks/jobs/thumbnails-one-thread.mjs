/** `node thumbnails-one-thread.mjs IN OUT`: the loop one writes first. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { thumbnail } from './thumbnail.mjs';

const [from, to] = process.argv.slice(2);
for (const name of await readdir(from)) {
  await writeFile(path.join(to, name), thumbnail({ bytes: await readFile(path.join(from, name)) }));
}
