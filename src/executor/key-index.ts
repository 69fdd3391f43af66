/**
 * Which of `seats` workers the jobs with this key go to: FNV-1a, so that the same key always finds the same place and
 * nothing has to be remembered about keys.
 */
export function keyIndex(key: string, seats: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % seats;
}
