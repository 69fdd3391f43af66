/**
 * How a cancellation gets about: from a scope to those in it, from a task to what it awaits. Blocks can be nested, and
 * tasks await each other, deeper than the stack is; so each place that is told is a generator here, and none calls the
 * next. It yields when it has passed the cancellation on, and goes on when that has been told.
 */
type Place = Iterator<void, void>;

/** Those that are being told, each by the one before it, and on top those that come next. */
const path: Place[] = [];
/** How long the path was when the one who is being told was asked to go on. */
let height = 0;

/** Whether the place that is being told has passed the cancellation on, and should yield. */
export function passedOn(): boolean {
  return path.length > height;
}

/** Tells `place`: at once, or, if that is asked for by somebody who is being told, as soon as he yields. */
export function tell(place: Place): void {
  path.push(place);
  if (path.length > 1) return;
  let failure: { readonly error: unknown } | undefined;
  for (let last: Place | undefined = place; last !== undefined; last = path.at(-1)) {
    height = path.length;
    let ended = true;
    try {
      ended = last.next().done === true;
    } catch (error) {
      // A future of the user's whose `cancel` throws must not leave the path standing.
      failure ??= { error };
    }
    if (ended) path.splice(height - 1, 1);
    // Of several the first comes first.
    const from = ended ? height - 1 : height;
    if (path.length - from > 1) for (const next of path.splice(from).reverse()) path.push(next);
  }
  if (failure !== undefined) throw failure.error;
}
