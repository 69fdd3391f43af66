/**
 * One turn of Node's loop: what is asked for in one turn runs in the next, after I/O had its chance, in order.
 *
 * Waits are gathered so that a thousand tasks that yield cost one immediate. A callback gets an immediate of its
 * own, because that carries the caller's async context; it ends the batch, so that the order is kept.
 */
import { awaitsTurn } from './fair-turn.ts';
import type { Wait } from './wait.ts';

let batch: Wait[] | undefined;
let pending = 0;

/** Ends `wait` in the next turn, with its subject. */
export function waitForTurn(wait: Wait): void {
  if (batch === undefined) {
    batch = [];
    pending++;
    setImmediate(runBatch, batch);
  }
  batch.push(wait);
}

function runBatch(waits: Wait[]): void {
  pending--;
  if (batch === waits) batch = undefined;
  for (const wait of waits) wait.resolve(wait.subject);
}

/** Calls `fn` in the next turn, in the caller's async context. Returns what takes it back. */
export function callNextTurn(fn: () => void): () => void {
  batch = undefined;
  pending++;
  const immediate = setImmediate(() => {
    pending--;
    stopped = true;
    fn();
  });
  let stopped = false;
  return () => {
    if (stopped) return;
    stopped = true;
    pending--;
    clearImmediate(immediate);
  };
}

/** How much waits for the next turn; the virtual clock does not jump over it. */
export function turnsPending(): number {
  return pending + (awaitsTurn() ? 1 : 0);
}
