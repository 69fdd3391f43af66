/**
 * How many workers are busy for this program. Node does not tell: what keeps the program running for a thread is a timer.
 */
let busy = 0;

export function outsideWorkBegan(): void {
  busy += 1;
}

export function outsideWorkEnded(): void {
  busy -= 1;
}

/** The virtual clock does not jump over it. */
export function outsideWork(): number {
  return busy;
}
