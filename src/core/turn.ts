/**
 * One turn of Node's loop: what is asked for in one turn runs in the next, after I/O had its chance, in order.
 *
 * Waits are gathered so that a thousand tasks that yield cost one immediate. A callback gets an immediate of its
 * own, because that carries the caller's async context; it ends the batch, so that the order is kept.
 */
interface TurnWaiter {
  turnCame(): void;
}

let batch: TurnWaiter[] | undefined;

/** Tells `waiter` in the next turn. */
export function waitForTurn(waiter: TurnWaiter): void {
  if (batch === undefined) {
    batch = [];
    setImmediate(runBatch, batch);
  }
  batch.push(waiter);
}

function runBatch(waiters: TurnWaiter[]): void {
  if (batch === waiters) batch = undefined;
  for (const waiter of waiters) waiter.turnCame();
}

/** Calls `fn` in the next turn, in the caller's async context. */
export function callNextTurn(fn: () => void): NodeJS.Immediate {
  batch = undefined;
  return setImmediate(fn);
}
