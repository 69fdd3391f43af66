import jpeg from 'jpeg-js';

const WIDTH = 160;

/** Decodes a JPEG, shrinks it by averaging, and encodes it again: the handler of `offloop map` and of its rivals. */
export function thumbnail({ bytes }) {
  const photo = jpeg.decode(bytes, { useTArray: true });
  const width = Math.min(WIDTH, photo.width);
  const height = Math.max(1, Math.round((photo.height * width) / photo.width));
  return jpeg.encode({ data: shrink(photo, width, height), width, height }, 80).data;
}

function shrink(photo, width, height) {
  const out = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    const top = Math.floor((y * photo.height) / height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * photo.height) / height));
    for (let x = 0; x < width; x++) {
      const left = Math.floor((x * photo.width) / width);
      const right = Math.max(left + 1, Math.floor(((x + 1) * photo.width) / width));
      for (let channel = 0; channel < 3; channel++) {
        out[(y * width + x) * 4 + channel] = mean(photo, { top, bottom, left, right, channel });
      }
    }
  }
  return out;
}

function mean(photo, { top, bottom, left, right, channel }) {
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) sum += photo.data[(y * photo.width + x) * 4 + channel];
  }
  return sum / ((bottom - top) * (right - left));
}
