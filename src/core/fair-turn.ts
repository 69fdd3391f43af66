/**
 * A turn of Node's loop now and then, for tasks that hand things to each other without an end.
 *
 * Ticks and microtasks all run before Node looks at timers, I/O and signals: as long as one hand-over leads to the next,
 * it never does. asyncio has a turn for each. Here a turn costs several times what a hand-over does, and V8 collects
 * garbage in it, so there is one whenever hand-overs may have kept the loop for themselves for some time.
 */
const SLICE_MS = 20;
/** Looking at the clock costs a tenth of a hand-over. */
const HAND_OVERS_A_LOOK = 32;

// As they were when this was loaded: a test that mocks timers does not mean hand-overs.
const inNextTurn = setImmediate;
const now = performance.now.bind(performance);

const OPEN = Promise.resolve();
let gate = OPEN;
let sliceEnd = 0;
/** The slice began with the look before this one, which found the last one long past. */
let begun = false;
let left = HAND_OVERS_A_LOOK;

/** Says that something was handed over: an item, a permit, the right to begin. */
export function handedOver(count: number): void {
  left -= count;
  if (left <= 0) look();
}

/** What leads to the next hand-over begins in a callback of this: a microtask, or, when it is due, the next turn. */
export function fairTurn(): Promise<void> {
  return gate;
}

/** Whether hand-overs wait for a turn. */
export function awaitsTurn(): boolean {
  return gate !== OPEN;
}

function look(): void {
  left = HAND_OVERS_A_LOOK;
  if (gate !== OPEN) return;
  const time = now();
  if (time < sliceEnd) begun = false;
  else if (time < sliceEnd + SLICE_MS || begun) gate = new Promise(openInNextTurn);
  else {
    // Most likely the loop has turned since. If not, hand-overs are slow, and the next look tells.
    begun = true;
    sliceEnd = time + SLICE_MS;
  }
}

function openInNextTurn(open: () => void): void {
  inNextTurn(() => {
    gate = OPEN;
    begun = false;
    sliceEnd = now() + SLICE_MS;
    open();
  });
}
