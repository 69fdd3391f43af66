// A handler for `offloop map`, in plain JavaScript: decode, resize, encode.
//
//   npx offloop map ./examples/thumbnail.ts 'photos/**/*.jpg' --out thumbs
//
// It computes for some hundred milliseconds a photo without ever giving way: on a server's own thread every request
// would wait for it. `offloop map` runs it in as many threads as there are cores.
import { decode, encode } from 'jpeg-js';
import type { MapInput } from 'offloop';

/** The longer edge of a thumbnail, in pixels. */
const EDGE = 256;
const QUALITY = 85;

/** Bytes of a JPEG photo in, bytes of a smaller one out. What it returns is written under the photo's name. */
export default function thumbnail(input: Pick<MapInput, 'bytes'>): Uint8Array {
  return encode(shrink(read(input.bytes), EDGE), QUALITY).data;
}

/** An error here fails this photo only. */
function read(bytes: Uint8Array): Image {
  try {
    return decode(bytes, { useTArray: true, tolerantDecoding: false });
  } catch (cause) {
    throw new Error('This is not a whole JPEG photo', { cause });
  }
}

interface Image {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and opacity of each pixel, row by row. */
  readonly data: Uint8Array;
}

/** Averages all the pixels that fall into one (a box filter): slower than picking one of them, without its jagged edges. */
function shrink(source: Image, edge: number): Image {
  const scale = Math.min(1, edge / Math.max(source.width, source.height));
  const width = Math.max(1, Math.round(source.width * scale));
  const height = Math.max(1, Math.round(source.height * scale));
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const top = Math.floor((y * source.height) / height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * source.height) / height));
    for (let x = 0; x < width; x++) {
      const left = Math.floor((x * source.width) / width);
      const right = Math.max(left + 1, Math.floor(((x + 1) * source.width) / width));
      data.set(average(source, left, right, top, bottom), (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

function average(image: Image, left: number, right: number, top: number, bottom: number): readonly number[] {
  const { data, width } = image;
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left, at = (y * width + left) * 4; x < right; x++, at += 4) {
      red += data[at] ?? 0;
      green += data[at + 1] ?? 0;
      blue += data[at + 2] ?? 0;
    }
  }
  const count = (right - left) * (bottom - top);
  return [red / count, green / count, blue / count, 255];
}
