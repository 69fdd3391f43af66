/** New memory, after which the top of malloc's heap is held once more: a part of what the collector frees at once. */
const HOLD_EVERY_BYTES = 7 * 1024 * 1024;
/** Too small for malloc to map it apart. */
const HOLD_BYTES = 64 * 1024;
/** For the first 84 MB, in which the heap finds its size. */
const HOLDS = 12;

let holds: Buffer[] = [];
let sinceHold = 0;

/**
 * Memory of its own for the copy of a large buffer.
 *
 * The collector frees such copies many at a time. glibc then gives the top of its heap back to the system, and the next
 * copies get it again page by page, which costs more than the copying. Small pieces that were allocated among them, and are
 * kept, hold the top: what lies below stays. Elsewhere they do no harm.
 */
export function privateMemory(bytes: number): Buffer<ArrayBuffer> {
  const memory = Buffer.allocUnsafeSlow(bytes);
  sinceHold += bytes;
  if (sinceHold >= HOLD_EVERY_BYTES && holds.length < HOLDS) {
    sinceHold = 0;
    holds.push(Buffer.allocUnsafeSlow(HOLD_BYTES));
  }
  return memory;
}

/** Lets the top go, when copies are not going to be made for a while. */
export function releasePrivateMemory(): void {
  holds = [];
}
