/**
 * What threads print reaches this process through its event loop, a few messages at a time; results take a shorter way
 * and are there first. A program that ends as soon as it has its results would lose the last lines. So before the end
 * each thread that has answered since is asked to say when all it printed has been taken, and the loop goes on until then.
 */

/** A thread that can say when its output has been taken. It keeps the loop going until it has. */
export interface Printer {
  flush(): void;
}

const printers = new Set<Printer>();
let watching = false;

/** This thread has answered: it may have printed something before. */
export function outputMayFollow(printer: Printer): void {
  printers.add(printer);
  if (watching) return;
  watching = true;
  process.on('beforeExit', flushAll);
}

/** It is gone, and its output with it. */
export function noOutputFollows(printer: Printer): void {
  printers.delete(printer);
}

function flushAll(): void {
  const asked = [...printers];
  printers.clear();
  for (const printer of asked) printer.flush();
}
