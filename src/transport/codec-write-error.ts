import { SharedPool, Unclonable } from './codec-signals.ts';
import * as tag from './codec-tags.ts';
import type { Writer } from './codec-writer.ts';
import { propertyKeys, unreadable } from './error-codec.ts';
import { shapeOf, type ErrorShape } from './error-shape.ts';

/**
 * From this depth on the properties of an error follow behind the outermost one, in the order of the errors: a chain of
 * causes may be longer than the stack of the reader is deep.
 */
const DEEPEST_ERROR = 64;

/** Layout: name, message, stack as one list; classes; brands; then the properties, or `DEFERRED` in their place. */
export function writeError(writer: Writer, error: Error): void {
  const shape = shapeOf(error);
  writer.u8(tag.ERROR);
  writer.writeList([shape.name, shape.message, shape.stack]);
  writer.writeList(shape.classes);
  writer.writeList(shape.brands ?? []);
  if (writer.errorDepth === DEEPEST_ERROR) {
    writer.u32(tag.DEFERRED);
    writer.deferred.push([error, shape]);
    return;
  }
  writer.errorDepth += 1;
  writeProperties(writer, error, shape);
  if (writer.errorDepth === 1) {
    // The list grows meanwhile.
    for (const [deep, deepShape] of writer.deferred) writeProperties(writer, deep, deepShape);
    if (writer.deferred.length !== 0) writer.deferred = [];
  }
  writer.errorDepth -= 1;
}

/** u32 number of properties; for each key, whether it is hidden, value; then a list of notes on those that stay behind. */
function writeProperties(writer: Writer, error: Error, shape: ErrorShape): void {
  const header = writer.position;
  writer.u32(0);
  const dropped: string[] = [];
  let count = 0;
  for (const key of propertyKeys(error, shape)) {
    const mark = writer.mark();
    try {
      writer.string(key);
      writer.write(!Object.prototype.propertyIsEnumerable.call(error, key));
      writer.write((error as unknown as Record<string, unknown>)[key]);
      count += 1;
    } catch (reason) {
      if (reason instanceof SharedPool) throw reason;
      writer.reset(mark);
      dropped.push(reason instanceof Unclonable ? `${key} cannot be cloned` : unreadable(key, reason));
    }
  }
  writer.patchU32(header, count);
  writer.writeList(dropped);
}
