// All thumbnails on one picture, and on one page that links to the photos.
import { readdir, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import sharp from 'sharp';

const WIDTH = 1480;
const ROW_HEIGHT = 130;
const GAP = 6;
const BACKGROUND = '#16181d';

export async function makeContactSheet({ demo, photos, thumbs }) {
  const names = (await readdir(thumbs, { recursive: true })).filter((name) => name.endsWith('.jpg')).sort();
  const sheet = join(demo, 'contact-sheet.jpg');
  const images = await Promise.all(names.map((name) => measure(join(thumbs, name))));
  const { cells, height } = layOut(images);
  const parts = await Promise.all(cells.map(shrinkInto));
  await sharp({ create: { width: WIDTH, height, channels: 3, background: BACKGROUND } })
    .composite(parts)
    .jpeg({ quality: 88 })
    .toFile(sheet);
  const page = join(demo, 'index.html');
  await writeFile(
    page,
    html(names, (folder) => relative(demo, folder).split(sep).join('/'), { photos, thumbs }),
  );
  return { sheet, page };
}

async function measure(path) {
  const { width, height } = await sharp(path).metadata();
  return { path, ratio: width / height };
}

/** Rows of one height each, filled to the edge, as in a photo album. */
function layOut(images) {
  const cells = [];
  let top = GAP;
  for (let start = 0; start < images.length;) {
    let end = start;
    let ratios = 0;
    const heightOf = () => (WIDTH - GAP * (end - start + 1)) / ratios;
    while (end < images.length && (end === start || heightOf() > ROW_HEIGHT)) ratios += images[end++].ratio;
    const height = Math.round(Math.min(heightOf(), ROW_HEIGHT * 1.2));
    let left = GAP;
    for (const { path, ratio } of images.slice(start, end)) {
      const width = Math.min(Math.round(height * ratio), WIDTH - left);
      cells.push({ path, left, top, width, height });
      left += width + GAP;
    }
    top += height + GAP;
    start = end;
  }
  return { cells, height: top };
}

async function shrinkInto({ path, left, top, width, height }) {
  return { input: await sharp(path).resize(width, height, { fit: 'cover' }).toBuffer(), left, top };
}

function html(names, href, { photos, thumbs }) {
  const figures = names
    .map((name) => name.split(sep).join('/'))
    .map(
      (name) =>
        `<a href="${href(photos)}/${name}"><img src="${href(thumbs)}/${name}" alt="${name}" title="${name}" loading="lazy"></a>`,
    );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>offloop map: ${names.length} thumbnails</title>
<style>
  body { margin: 1.5rem; background: ${BACKGROUND}; color: #d7dae0; font: 1rem/1.4 system-ui, sans-serif }
  main { display: flex; flex-wrap: wrap; gap: .5rem }
  img { display: block; height: 9rem; border-radius: 2px }
  a:hover img, a:focus img { outline: 2px solid #6cb6ff }
</style>
<h1>${names.length} thumbnails</h1>
<p>Made by <code>offloop map ./examples/thumbnail.ts 'build/demo/photos/**/*.jpg' --out build/demo/thumbs</code>. Each leads to its photo.</p>
<main>
${figures.join('\n')}
</main>
</html>
`;
}
