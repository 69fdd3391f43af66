import { nearest } from '../core/nearest.ts';

/** `Did you mean …?` with a leading space, or nothing: the end of an error message. */
export function suggestion(word: string, candidates: Iterable<string>, prefix = ''): string {
  const candidate = nearest(word, candidates);
  return candidate === undefined ? '' : ` Did you mean ${prefix}${candidate}?`;
}
