/** Letters from which on the beginning of a word says which one is meant. */
const TELLING = 3;

/**
 * The candidate a mistyped word was probably meant to be: its beginning, or a slip or two away from it, whether in
 * camelCase, snake_case or capitals. `undefined` when none is close.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = plain(word);
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const candidate of candidates) {
    const meant = plain(candidate);
    if (Math.abs(meant.length - typed.length) >= fewest) continue;
    const slips = editDistance(typed, meant);
    if (slips >= fewest) continue;
    best = candidate;
    fewest = slips;
  }
  return best ?? (typed.length < TELLING ? undefined : longerOrShorter(typed, candidates));
}

function longerOrShorter(typed: string, candidates: Iterable<string>): string | undefined {
  for (const candidate of candidates) {
    const meant = plain(candidate);
    if (meant.startsWith(typed) || (meant.length >= TELLING && typed.startsWith(meant))) return candidate;
  }
  return undefined;
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other. */
function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (previous[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (previous[column - 1] as number) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        cost = Math.min(cost, (beforePrevious[column - 2] as number) + 1);
      }
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length] as number;
}
