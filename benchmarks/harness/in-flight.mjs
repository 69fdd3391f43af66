/**
 * Calls `run(i)` for 0 ≤ i < count with at most `window` unanswered, and resolves with the sum of the answers, which
 * is how a measure knows that the work was done.
 */
export function keepInFlight(run, window, count) {
  return new Promise((resolve, reject) => {
    let started = 0;
    let ended = 0;
    let sum = 0;
    const answer = (value) => {
      sum += value;
      ended += 1;
      if (started < count) run(started++).then(answer, reject);
      else if (ended === count) resolve(sum);
    };
    while (started < Math.min(window, count)) run(started++).then(answer, reject);
  });
}

export function sumBelow(count) {
  return (count * (count - 1)) / 2;
}

export function check(what, expected, actual) {
  if (actual !== expected) throw new RangeError(`Wrong answer for ${what}: expected ${expected}, got ${actual}`);
}
