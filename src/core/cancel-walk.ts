/**
 * How a cancellation gets about: from a scope to those in it, from a task to what it awaits. Blocks can be nested, and
 * tasks await each other, deeper than the stack is; so each place that is told is a generator here, and none calls the
 * next. It yields wherever it has passed the cancellation on, and goes on when that has been told.
 */
type Place = Iterator<void, void>;

/** Those that are being told, each by the one before it, and on top those that come next. */
const path: Place[] = [];

/** Tells `place`: at once, or, if that is asked for by somebody who is being told, as soon as he yields. */
export function tell(place: Place): void {
  path.push(place);
  if (path.length > 1) return;
  let failure: { readonly error: unknown } | undefined;
  for (let last: Place | undefined = place; last !== undefined; last = path.at(-1)) {
    const height = path.length;
    let ended = true;
    try {
      ended = last.next().done === true;
    } catch (error) {
      // A future of the user's whose `cancel` throws must not keep the others from being told.
      failure ??= { error };
    }
    const added = path.splice(height);
    if (ended) path.pop();
    for (const next of added.reverse()) path.push(next);
  }
  if (failure !== undefined) throw failure.error;
}
