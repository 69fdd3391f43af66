import type { Reader } from './codec-reader.ts';
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
  for (let count = reader.u32(); count > 0; count -= 1) {
    const key = reader.key();
    const hidden = reader.read() as boolean;
    setProperty(error, key, reader.read(), hidden);
  }
  const dropped = reader.readList() as string[];
  if (dropped.length !== 0) setProperty(error, 'stack', `${stack ?? headline(shape)}${droppedNote(dropped)}`, true);
  return error;
}
