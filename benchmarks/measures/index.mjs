import { readdirSync } from 'node:fs';

/** All measures, in the order of their bars. A file named `pNN-….mjs` in this folder is one. */
export async function loadMeasures() {
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) => /^p\d\d-.*\.mjs$/.test(name));
  const modules = await Promise.all(files.sort().map((file) => import(`./${file}`)));
  return modules.map(({ measure }, i) => Object.assign(measure, { file: files[i] }));
}
