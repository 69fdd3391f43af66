import type { Reader } from './codec-reader.ts';
import { DEFERRED } from './codec-tags.ts';
import { droppedNote, setProperty } from './error-codec.ts';
import { createError, headline, type ErrorShape } from './error-shape.ts';

/** The other side of `writeError`. */
export function readError(reader: Reader): Error {
  const id = reader.reserve();
  const [name, message, stack] = reader.readList() as [string, string | undefined, string | undefined];
  const classes = reader.readList() as string[];
  const brands = reader.readList() as string[];
  const shape: ErrorShape = { name, message, stack, classes, brands: brands.length === 0 ? undefined : brands };
  const error = reader.fill(id, createError(shape, reader.resolveClass));
  const count = reader.u32();
  if (count === DEFERRED) {
    reader.deferred.push([error, shape]);
    return error;
  }
  reader.errorDepth += 1;
  readProperties(reader, error, shape, count);
  if (reader.errorDepth === 1) {
    for (const [deep, deepShape] of reader.deferred) readProperties(reader, deep, deepShape, reader.u32());
    if (reader.deferred.length !== 0) reader.deferred = [];
  }
  reader.errorDepth -= 1;
  return error;
}

function readProperties(reader: Reader, error: Error, shape: ErrorShape, count: number): void {
  for (let left = count; left > 0; left -= 1) {
    const key = reader.key();
    const hidden = reader.read() as boolean;
    setProperty(error, key, reader.read(), hidden);
  }
  const dropped = reader.readList() as string[];
  if (dropped.length === 0) return;
  setProperty(error, 'stack', `${shape.stack ?? headline(shape)}${droppedNote(dropped)}`, true);
}
